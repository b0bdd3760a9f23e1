import { createHash } from 'node:crypto'

/** What every Java takes for the password of a trust store that nobody has changed. */
export const JKS_PASSWORD = 'changeit'

const MAGIC = 0xfeedfeed
const VERSION = 2
const TRUSTED_CERTIFICATE = 2

/**
 * A trust store for Java: the certificates in the format JKS, which every Java reads without being told, PKCS12 by
 * default or not. It can be written without a Java; a PKCS12 whose certificates Java trusts holds attributes of
 * Oracle's that libraries do not write.
 *
 * @param certificates DER
 */
export function toJks(certificates: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([
    numbers(MAGIC, VERSION, certificates.length),
    ...certificates.flatMap((certificate, nth) => [
      numbers(TRUSTED_CERTIFICATE),
      text(`certificate-${nth}`),
      // When it was added, ms since 1970; nobody asks for it.
      numbers(0, 0),
      text('X.509'),
      numbers(certificate.length),
      certificate,
    ]),
  ])
  // Sun's digest: the password in UTF-16, this phrase, and all before it.
  const password = Buffer.from(JKS_PASSWORD, 'utf16le').swap16()
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(body).digest()
  return Buffer.concat([body, digest])
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [nth, value] of values.entries()) bytes.writeUInt32BE(value, nth * 4)
  return bytes
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length)
  return Buffer.concat([length, Buffer.from(value, 'latin1')])
}
