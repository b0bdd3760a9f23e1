import { createHmac } from 'node:crypto'

/** The header that carries a callback's signature. */
export const SIGNATURE_HEADER = 'X-Phota-Signature'

/**
 * `sha256=` and the lowercase hex HMAC-SHA256 of the exact body bytes, keyed with the account's secret:
 * callback.signature.
 */
export function signBody(secret: string, body: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
