export type SignatureVerdict = 'valid' | 'invalid' | 'unknown'

/**
 * Whether a callback's `X-Phota-Signature` is the HMAC-SHA256 of its body under this secret.
 *
 * @returns `unknown` where the browser offers no WebCrypto: outside https and loopback
 */
export async function checkSignature(secret: string, body: string, signature: string): Promise<SignatureVerdict> {
  if (!globalThis.crypto?.subtle) return 'unknown'
  const text = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', text.encode(secret), algorithm, false, ['sign'])
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, text.encode(body)))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return signature === `sha256=${hex}` ? 'valid' : 'invalid'
}
