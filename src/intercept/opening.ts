/** What the first bytes of a connection tell of it. */
export type Opening =
  /** `name`: the host that the client asks for, `null` if it asks for none. */
  | { readonly kind: 'tls'; readonly name: string | null }
  /** `host`: its Host header, `null` if there is none. */
  | { readonly kind: 'http'; readonly host: string | null }
  | { readonly kind: 'other' }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
/** A ClientHello with post-quantum keys has 2 KiB, the head of a request seldom more than 16. */
const LONGEST = 64 * 1024

/**
 * Reads the host that a connection is for out of its first bytes: of TLS 1.2 (RFC 5246, 7.4.1.2) and 1.3 (RFC 8446,
 * 4.1.2) by its server name (RFC 6066, 3), of HTTP by its Host header. What looks like TLS and cannot be read is TLS
 * without a name.
 *
 * @returns `null` while there are too few bytes to tell
 */
export function readOpening(bytes: Buffer): Opening | null {
  if (bytes.length === 0) return null
  const isEnough = bytes.length >= LONGEST
  if (bytes[0] === HANDSHAKE) return readHello(bytes) ?? (isEnough ? { kind: 'tls', name: null } : null)
  const text = bytes.toString('latin1')
  // A method, or the beginning of one.
  if (!/^[A-Z]+($| \S|\s$)/.test(text.slice(0, 20))) return { kind: 'other' }
  return readHead(text) ?? (isEnough ? { kind: 'other' } : null)
}

function readHead(text: string): Opening | null {
  const end = text.search(/\r?\n\r?\n/)
  if (end < 0) return null
  const host = /\nhost:[ \t]*([^\s]*)/i.exec(text.slice(0, end))?.[1]
  return { kind: 'http', host: host ?? null }
}

function readHello(bytes: Buffer): Opening | null {
  const handshake = handshakeOf(bytes)
  if (handshake.length < 4) return null
  if (handshake[0] !== CLIENT_HELLO) return { kind: 'tls', name: null }
  const end = 4 + handshake.readUIntBE(1, 3)
  return handshake.length < end ? null : { kind: 'tls', name: nameIn(handshake.subarray(4, end)) }
}

/** The handshake, without the heads of the records that it is cut into. */
function handshakeOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  while (at + 5 <= bytes.length && bytes[at] === HANDSHAKE) {
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    parts.push(bytes.subarray(at + 5, end))
    at = end
  }
  return Buffer.concat(parts)
}

function nameIn(hello: Buffer): string | null {
  try {
    // Version and random, then the session's id, the cipher suites, the compression methods.
    let at = 2 + 32
    at += 1 + hello.readUInt8(at)
    at += 2 + hello.readUInt16BE(at)
    at += 1 + hello.readUInt8(at)
    const end = at + 2 + hello.readUInt16BE(at)
    at += 2
    while (at + 4 <= end) {
      const type = hello.readUInt16BE(at)
      const length = hello.readUInt16BE(at + 2)
      at += 4
      // The length of the list, then of its one host name the type and the length.
      if (type === SERVER_NAME && hello.readUInt8(at + 2) === HOST_NAME) {
        return hello.toString('latin1', at + 5, at + 5 + hello.readUInt16BE(at + 3)) || null
      }
      at += length
    }
  } catch (error) {
    // It promises more than it holds. OpenSSL will tell the client so.
    if (!(error instanceof RangeError)) throw error
  }
  return null
}
