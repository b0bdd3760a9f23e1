import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { toJks } from './jks.ts'

/** Where systems keep the certificates that they trust, as OpenSSL, Go and curl know them. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** Files of trusted certificates, each with that of our authority added. */
export class TrustFiles {
  readonly #folder: string
  readonly #authority: string
  readonly #made = new Map<string, Promise<string>>()

  /** @param authority PEM */
  constructor(folder: string, authority: string) {
    this.#folder = folder
    this.#authority = authority
  }

  /** The authority alone, for clients that add it to what they trust. */
  authority(): Promise<string> {
    return this.#make('', 'ca.pem', async () => this.#authority)
  }

  /** What the system trusts, or what is in a file of the user's, and the authority. */
  bundle(ownFile: string | undefined): Promise<string> {
    return this.#make(`bundle ${ownFile ?? ''}`, `bundle-${this.#made.size}.pem`, async () => {
      return `${await trustedIn(ownFile)}\n${this.#authority}`
    })
  }

  /** What is in a file of the user's, if there is one, and the authority. */
  extra(ownFile: string | undefined): Promise<string> {
    return ownFile === undefined ? this.authority() : this.bundle(ownFile)
  }

  /** As `bundle`, for Java. */
  javaStore(): Promise<string> {
    return this.#make('java', 'truststore.jks', async () => {
      const pem = `${await trustedIn(undefined)}\n${this.#authority}`
      const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+/g) ?? []
      return toJks(blocks.map((block) => Buffer.from(block.replace(/-----BEGIN CERTIFICATE-----/, ''), 'base64')))
    })
  }

  #make(what: string, name: string, content: () => Promise<string | Buffer>): Promise<string> {
    let made = this.#made.get(what)
    if (made === undefined) {
      const file = join(this.#folder, name)
      made = content().then(async (bytes) => {
        await writeFile(file, bytes)
        return file
      })
      this.#made.set(what, made)
    }
    return made
  }
}

async function trustedIn(ownFile: string | undefined): Promise<string> {
  // A file that cannot be read has trusted nothing so far either.
  if (ownFile !== undefined) return await readFile(ownFile, 'latin1').catch(() => '')
  for (const file of SYSTEM_FILES) {
    const text = await readFile(file, 'latin1').catch(() => '')
    if (text !== '') return text
  }
  // macOS and Windows keep them elsewhere, where only newer versions of Node look.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] }
  const ofSystem = getCACertificates?.('system') ?? []
  return (ofSystem.length > 0 ? ofSystem : tls.rootCertificates).join('\n')
}
