import { createHmac } from 'node:crypto'
import type { Exchange } from '../http/exchange.ts'
import { show, type Trial } from '../trial.ts'

export const SIGNATURE = 'x-phota-signature'

/** That a callback carries the signature of its own bytes. */
export function holdSignature(trial: Trial, arrival: Exchange, secret: string): boolean {
  const seen = arrival.requestHeaders[SIGNATURE]
  const digest = createHmac('sha256', secret).update(arrival.bytes).digest('hex')
  const wanted = `sha256=${digest}`
  return trial.expect(arrival, seen === wanted, `X-Phota-Signature: ${wanted}`, show(seen ?? 'no such header'))
}
