import { labelOf } from './accounts.ts'
import { fieldOf, jsonOf } from './exchange.ts'
import { show } from './finding.ts'
import { REDACTED } from './read-har.ts'
import type { Asked, Scene } from './scene.ts'

/** `GET /webhook-secret`, and its answer. Secrets are compared, and shown nowhere. */
export function judgeSecret({ exchange }: Asked, { findings, accounts, book }: Scene): void {
  const { status, responseBody } = exchange
  if (status !== 200 || responseBody.kind === 'unknown') return
  const secret = fieldOf(jsonOf(responseBody), 'webhook_signing_secret')
  if (typeof secret === 'string' && REDACTED.test(secret)) return
  const isText = typeof secret === 'string' && secret !== ''
  const words = { expected: '`webhook_signing_secret` to be a non-empty string', seen: kindOf(secret) }
  if (!findings.hold('secret.shape', exchange, isText, words) || !isText) return
  const label = labelOf(exchange)
  if (label === null) return
  const before = book.secrets.get(label) ?? null
  findings.hold('secret.shape', exchange, before === null || before.value === secret, {
    expected: 'the same secret on each call',
    seen: 'another one',
    because: [before?.exchange],
    about: label,
  })
  for (const other of book.secrets.values()) {
    if (other.value !== secret || accounts.areSame(other.exchange, exchange) !== false) continue
    findings.hold('secret.per-account', exchange, false, {
      expected: 'another secret for another account',
      seen: 'the same secret',
      because: [other.exchange],
      about: label,
    })
  }
  if (before === null && book.secrets.size < 1_000) book.secrets.set(label, { exchange, value: secret })
  accounts.learnSecret(label, secret)
}

function kindOf(value: unknown): string {
  return value === '' ? 'an empty string' : typeof value === 'string' ? 'a string' : show(value)
}
