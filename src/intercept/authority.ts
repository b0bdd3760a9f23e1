import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** A certificate authority of one run, and the one certificate that it signed. All of it is in memory. */
export interface Authority {
  /** The authority's certificate, PEM: what a client has to trust. */
  readonly certificate: string
  /** What a TLS server for the hosts shows, PEM. */
  readonly server: { readonly key: string; readonly cert: string }
}

const DAY_MS = 24 * 60 * 60 * 1000
/** A client may run on a clock of its own; a certificate of a leaf may be valid for 398 days at most. */
const VALID_BEFORE_MS = 30 * DAY_MS
const VALID_AFTER_MS = 365 * DAY_MS

const AUTHORITY_NAME = [{ name: 'commonName', value: 'phota-mock, for one run' }]
const CRITICAL = { critical: true }

/**
 * Makes an authority and lets it sign one certificate. Its own key is forgotten at once, so that nobody can sign
 * another.
 *
 * @param hosts the names that the certificate is for, `*.` before a name for its subdomains
 */
export async function makeAuthority(hosts: readonly string[]): Promise<Authority> {
  const [authorityKeys, serverKeys] = await Promise.all([makeKeys(), makeKeys()])
  const authority = certificateFor(authorityKeys.publicKey, AUTHORITY_NAME, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, ...CRITICAL },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, ...CRITICAL },
    { name: 'subjectKeyIdentifier' },
  ])
  const authorityId = authority.generateSubjectKeyIdentifier().getBytes()
  const server = certificateFor(
    serverKeys.publicKey,
    [{ name: 'commonName', value: hosts[0] ?? 'phota-mock' }],
    [
      { name: 'basicConstraints', cA: false, ...CRITICAL },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, ...CRITICAL },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((host) => ({ type: DNS_NAME, value: host })) },
      { name: 'subjectKeyIdentifier' },
      // Python 3.13 takes no certificate without it.
      { name: 'authorityKeyIdentifier', keyIdentifier: authorityId },
    ],
  )
  const signer = forge.pki.privateKeyFromPem(pemOf(authorityKeys.privateKey))
  for (const certificate of [authority, server]) certificate.sign(signer, forge.md.sha256.create())
  return {
    certificate: forge.pki.certificateToPem(authority),
    server: { key: pemOf(serverKeys.privateKey), cert: forge.pki.certificateToPem(server) },
  }
}

/** RFC 5280, 4.2.1.6: the tag of a dNSName. */
const DNS_NAME = 2

/** By OpenSSL, because node-forge's own are made in JavaScript, which takes a second each. */
function makeKeys(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs1', format: 'pem' }) as string
}

function certificateFor(
  key: KeyObject,
  subject: forge.pki.CertificateField[],
  extensions: object[],
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(key.export({ type: 'spki', format: 'pem' }) as string)
  // A positive number: the first digit is below 8.
  certificate.serialNumber = `1${randomBytes(16).toString('hex').slice(1)}`
  certificate.validity.notBefore = new Date(Date.now() - VALID_BEFORE_MS)
  certificate.validity.notAfter = new Date(Date.now() + VALID_AFTER_MS)
  certificate.setSubject(subject)
  certificate.setIssuer(AUTHORITY_NAME)
  certificate.setExtensions(extensions)
  return certificate
}
