import { createHmac } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { labelOf } from './accounts.ts'
import type { JobRecord, Json } from './book.ts'
import { type Exchange, fieldOf, jsonOf } from './exchange.ts'
import { show } from './finding.ts'
import { isTerminal, judgeJob, withoutQueries } from './job.ts'
import type { Scene } from './scene.ts'

export const SIGNATURE = 'x-phota-signature'

/** Whether a request is one that the API sends: it has the signature, or goes where a submit asked for. */
export function isCallback({ method, url, requestHeaders }: Exchange, { book }: Pick<Scene, 'book'>): boolean {
  return method === 'POST' && (requestHeaders.has(SIGNATURE) || book.callbackUrls.has(url))
}

/** How long a receiver may take before the sender may have given up; after that, another attempt is nobody's fault. */
const PATIENCE_MS = 3_000
const MANY_ATTEMPTS = 20

/** A callback, as its receiver recorded it. */
export function judgeCallback(exchange: Exchange, scene: Scene): void {
  const { findings, book } = scene
  const body = jsonOf(exchange.requestBody)
  const id = fieldOf(body, 'job_id')
  if (exchange.requestBody.kind === 'unknown') {
    findings.untold('callback.payload', exchange, {
      expected: 'what this callback said',
      seen: exchange.requestBody.why,
    })
    return
  }
  const isJob = typeof id === 'string' && id !== ''
  const ofPoll = { expected: 'the JSON value that a poll answers', seen: show(body) }
  if (!findings.hold('callback.payload', exchange, isJob, ofPoll) || !isJob) return
  const job = book.named(id)
  if (job === null) {
    findings.untold('callback.payload', exchange, {
      expected: 'what its job is: nothing else in the history has shown it',
      seen: show(id),
      about: id,
    })
    judgeSignature(exchange, null, scene)
    return
  }
  if (!judgeWanted(exchange, job, scene)) return
  if (!judgeStops(exchange, job, scene)) return
  judgeSignature(exchange, job, scene)
  judgePayload(exchange, body as Json, job, scene)
  noteAnswer(exchange, job, scene)
  if (job.callbacks.length < 50 && isTerminal(body as Json)) job.callbacks.push({ exchange, job: body as Json })
}

function judgeWanted(exchange: Exchange, { submits, id }: JobRecord, { findings }: Scene): boolean {
  const requests = submits.map(({ request }) => request).filter((request) => request !== null)
  if (requests.length === 0 || requests.length < submits.length) return true
  return findings.hold(
    'callback.none',
    exchange,
    requests.some((request) => request['callback_url'] != null),
    {
      expected: 'nobody to be called for a job without `callback_url`',
      seen: `a callback for ${id}`,
      because: submits.map((submit) => submit.exchange),
      about: id,
    },
  )
}

function judgeStops(exchange: Exchange, job: JobRecord, { findings, order }: Scene): boolean {
  const { acknowledged, id } = job
  if (acknowledged === null || !order.isBefore(acknowledged, exchange)) return true
  const tookMs = (acknowledged.endMs ?? Number.NaN) - (acknowledged.startMs ?? Number.NaN)
  const words = {
    expected: 'no further attempt after a 2xx',
    seen: `another callback for ${id}`,
    because: [acknowledged],
    about: id,
  }
  if (tookMs < PATIENCE_MS) return findings.hold('callback.stops', exchange, false, words)
  findings.untold('callback.stops', exchange, {
    ...words,
    expected: `whether the sender still waited for the 2xx, which took ${Math.round(tookMs / 1000)} s`,
  })
  return true
}

function judgeSignature(
  exchange: Exchange,
  job: JobRecord | null,
  { findings, accounts, secrets: given }: Scene,
): void {
  const rule = 'callback.signature'
  const signature = exchange.requestHeaders.get(SIGNATURE)
  const isFormed = /^sha256=[0-9a-f]{64}$/.test(signature ?? '')
  const form = '`X-Phota-Signature`: sha256= and 64 lowercase hex digits'
  if (!findings.hold(rule, exchange, isFormed, { expected: form, seen: show(signature ?? 'no such header') })) return
  const ofOwner = accounts.secretOf(job?.owner ? labelOf(job.owner) : null)
  const secrets = ofOwner === null ? [...given, ...accounts.secrets] : [ofOwner]
  const what = 'whether its signature is right'
  const { requestBody } = exchange
  if (secrets.length === 0) {
    findings.untold(rule, exchange, { expected: what, seen: 'no webhook secret is known: --secret', about: 'secret' })
    return
  }
  if (requestBody.kind !== 'whole' || !requestBody.isExact) {
    findings.untold(rule, exchange, {
      expected: what,
      seen: 'the recording does not have its exact bytes',
      about: 'bytes',
    })
    return
  }
  const isRight = secrets.some((secret) => signature === signatureOf(secret, requestBody.bytes))
  // Without the owner's own secret, a signature by another account's may be right.
  if (!isRight && ofOwner === null && given.length === 0) {
    findings.untold(rule, exchange, { expected: what, seen: 'the secret of its account is not known', about: 'secret' })
    return
  }
  findings.hold(rule, exchange, isRight, {
    expected: 'the HMAC-SHA256 of the exact bytes, keyed with the account’s secret',
    seen: show(signature),
  })
}

function signatureOf(secret: string, bytes: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`
}

function judgePayload(exchange: Exchange, body: Json, job: JobRecord, scene: Scene): void {
  const { findings, order } = scene
  const about = job.id
  const isOver = isTerminal(body)
  const seen = `a callback for a job that is ${show(body['status'])}`
  if (!findings.hold('callback.not-before', exchange, isOver, { expected: 'a job that has ended', seen, about })) return
  const open = [...job.seen.values()].findLast(
    (sight) => !isTerminal(sight.job) && order.isBefore(exchange, sight.exchange),
  )
  if (open) {
    const still = `a job that is ${show(open.job['status'])} afterwards`
    findings.hold('callback.not-before', exchange, false, {
      expected: 'no callback before the job has ended',
      seen: still,
      because: [open.exchange],
      about,
    })
    return
  }
  const [first] = job.callbacks
  const known = job.terminal ?? first ?? null
  if (known === null) {
    judgeJob(exchange, body, job, scene)
    return
  }
  const isSame = isDeepStrictEqual(withoutQueries(known.job), withoutQueries(body))
  findings.hold(known === job.terminal ? 'callback.payload' : 'callback.retry', exchange, isSame, {
    expected: `the value of exchange ${known.exchange.id}: ${show(known.job)}`,
    seen: show(body),
    because: [known.exchange],
    about,
  })
}

/** What the receiver answered: a client's business. */
function noteAnswer(exchange: Exchange, job: JobRecord, { findings }: Scene): void {
  const { status, startMs, endMs } = exchange
  const because = job.callbacks.map((callback) => callback.exchange)
  if (status !== null && status >= 200 && status < 300) {
    job.acknowledged ??= exchange
    if (startMs === null || endMs === null || endMs - startMs <= 10_000) return
    const seen = `after ${Math.round((endMs - startMs) / 1000)} s`
    findings.odd('callback.acknowledged', exchange, { expected: 'a 2xx within ten seconds', seen, about: job.id })
    return
  }
  if (status !== null && status < 500) {
    const expected = 'a 2xx, unless the signature is wrong'
    findings.odd('callback.acknowledged', exchange, { expected, seen: String(status), about: job.id })
  }
  if (because.length < MANY_ATTEMPTS) return
  const seen = `${because.length + 1} attempts`
  findings.odd('callback.retry', exchange, { expected: 'a bounded number of attempts', seen, because, about: job.id })
}
