import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { basePath, type JobOperation, operations, type Source, sourceOf, type ValidationIssue } from '../spec/index.ts'
import { labelOf } from './accounts.ts'
import type { JobRecord, Json, Submit } from './book.ts'
import { type Exchange, fieldOf, jsonOf, textOf } from './exchange.ts'
import { show } from './finding.ts'
import { isLoopback } from './moments.ts'
import type { Asked, Scene } from './scene.ts'

/** A request to one of the four image endpoints, and its answer. */
export function judgeSubmit(asked: Asked & { operation: JobOperation }, scene: Scene): void {
  const { exchange } = asked
  const request = requestOf(exchange)
  const status = exchange.status
  if (status === null) return
  if (status >= 200 && status < 300) judgeTaken(asked, request, scene)
  else if (status >= 400 && status < 500) judgeRefused(asked, request, scene)
}

/** `null` if the recording does not have it, or it is no object. */
function requestOf({ requestBody }: Exchange): Json | null {
  const body = jsonOf(requestBody)
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (withoutPictures(body) as Json) : null
}

const LONGEST_TEXT = 20_000

/** Requests are remembered to be compared; of a picture in base64, its digest is enough for that. */
function withoutPictures(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= LONGEST_TEXT ? value : `sha256 ${createHash('sha256').update(value).digest('hex')}`
  }
  if (Array.isArray(value)) return value.map(withoutPictures)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, name === 'prompt' ? each : withoutPictures(each)]),
  )
}

/** Booleans may be read strictly or laxly, so `"true"` and 1 tell nothing. */
function isAsync(request: Json): boolean | null {
  const value = request['async']
  if (value === undefined || value === false) return false
  return value === true ? true : null
}

function judgeTaken(asked: Asked & { operation: JobOperation }, request: Json | null, scene: Scene): void {
  const { exchange } = asked
  const { findings } = scene
  if (request === null) {
    findings.untold('submit.accepted', exchange, {
      expected: 'what this submit asked for',
      seen: 'the recording does not have its body',
    })
    if (fieldOf(jsonOf(exchange.responseBody), 'job_id') !== undefined) judgeAccepted(asked, null, scene)
    return
  }
  const wantsJob = isAsync(request)
  const seen = seenAnswer(exchange)
  const mode = request['response_mode']
  const callbackUrl = request['callback_url']
  const hasCallback = typeof callbackUrl === 'string'
  if (wantsJob === true && mode === 'bytes') {
    findings.hold('submit.bytes-refused', exchange, false, {
      expected: '422 for `async: true` with `response_mode: "bytes"`',
      seen,
    })
    return
  }
  if (wantsJob === true && mode === undefined) {
    findings.hold('submit.mode-required', exchange, false, {
      expected: '422 for `async: true` without `response_mode`',
      seen,
    })
    return
  }
  if (wantsJob === false && hasCallback) {
    findings.hold('submit.callback-needs-async', exchange, false, {
      expected: '422 for a `callback_url` without `async: true`',
      seen,
    })
    return
  }
  if (hasCallback) judgeCallbackUrl(exchange, callbackUrl, scene)
  if (wantsJob === true) judgeAccepted(asked, request, scene)
  else if (wantsJob === false) judgeSynchronous(asked, request, scene)
}

/** Plain http is for one's own machine and network; which of these hosts are let through is open. */
function judgeCallbackUrl(exchange: Exchange, url: string, { findings, book }: Scene): void {
  book.callbackUrls.add(url)
  const parsed = URL.canParse(url) ? new URL(url) : null
  const isHttps = parsed?.protocol === 'https:'
  const expected = 'a refusal of a `callback_url` that is no HTTPS URL'
  if (!isHttps && parsed?.protocol === 'http:' && isPrivate(parsed.hostname)) {
    if (isLoopback(parsed.hostname)) return
    findings.odd('submit.callback-https', exchange, { expected, seen: `${parsed.origin} was taken` })
    return
  }
  findings.hold('submit.callback-https', exchange, isHttps, { expected, seen: `${show(url)} was taken` })
}

function isPrivate(hostname: string): boolean {
  return (
    isLoopback(hostname) ||
    !/[.:]/.test(hostname) ||
    /\.(local|internal|test|lan|invalid)$/.test(hostname) ||
    /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(hostname) ||
    /^\[f[cd]/.test(hostname)
  )
}

function judgeSynchronous({ exchange, operation }: Asked, request: Json, { findings }: Scene): void {
  const what = `200 with the result itself, as the request has no \`async: true\``
  const isRight = exchange.status === 200
  if (!findings.hold('submit.sync-default', exchange, isRight, { expected: what, seen: seenAnswer(exchange) })) return
  const result = jsonOf(exchange.responseBody)
  if (result === undefined) {
    if (exchange.responseBody.kind === 'whole') {
      findings.hold('submit.sync-default', exchange, false, { expected: 'a JSON body', seen: seenAnswer(exchange) })
    }
    return
  }
  for (const issue of issuesOf(operations[operation].responses[200]?.validate ?? null, result)) {
    if (issue.source === 'choice') continue
    findings.hold('submit.sync-default', exchange, false, { expected: issue.expected, seen: issue.seen })
    return
  }
  const [images, urls] = [fieldOf(result, 'images'), fieldOf(result, 'download_urls')]
  const list = request['response_mode'] === 'urls' ? urls : images
  const outputs = outputsOf(request)
  if (outputs === null || !Array.isArray(list)) return
  findings.hold('submit.sync-default', exchange, list.length === outputs, {
    expected: `${outputs} ${outputs === 1 ? 'output' : 'outputs'} in ${list === urls ? '`download_urls`' : '`images`'}`,
    seen: `${list.length}`,
    source: 'reference',
  })
}

/** How many outputs were asked for; `null` if it was no such number. */
export function outputsOf(request: Json): number | null {
  const value = request['num_output_images'] ?? 1
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : null
}

/** @param request `null` if the recording does not have it */
function judgeAccepted(asked: Asked & { operation: JobOperation }, request: Json | null, scene: Scene): void {
  const { exchange, api, operation } = asked
  const { findings, book } = scene
  const handle = jsonOf(exchange.responseBody)
  const jobId = fieldOf(handle, 'job_id')
  const key = replayKey(exchange, request)
  const before = key === null ? null : book.withId(api, key.account, key.id)
  // Whether a replay is 200 or 202 is open, and what this submit repeats may be older than the recording.
  const isReplay = request === null || key !== null
  const isAnswer = exchange.status === 202 || (isReplay && exchange.status === 200 && typeof jobId === 'string')
  const seen = seenAnswer(exchange)
  if (!findings.hold('submit.accepted', exchange, isAnswer, { expected: '202 with the handle of a job', seen })) return
  if (handle === undefined && exchange.responseBody.kind !== 'whole') {
    const why = exchange.responseBody.kind === 'unknown' ? exchange.responseBody.why : null
    if (why === null) findings.hold('submit.accepted', exchange, false, { expected: 'the handle of a job', seen })
    else findings.untold('submit.accepted', exchange, { expected: 'which job this submit made', seen: why })
    return
  }
  const isNamed = typeof jobId === 'string' && jobId !== ''
  if (!findings.hold('submit.accepted', exchange, isNamed, { expected: '`job_id`', seen: show(handle) }) || !isNamed)
    return
  judgeHandle(exchange, handle, { jobId, wasKnown: before !== null, isReplay }, scene)
  const job = book.job(api, jobId)
  const submit: Submit = { exchange, operation, request }
  judgeId(submit, job, asked, scene)
  const isKept = before === null || judgeReplay(submit, job, before, scene)
  if (key !== null && isKept) book.keepId(api, key.account, key.id, { submit, job })
  if (job.submits.length < 20) job.submits.push(submit)
  job.owner ??= exchange
}

function judgeHandle(
  exchange: Exchange,
  handle: unknown,
  { jobId, wasKnown, isReplay }: { jobId: string; wasKnown: boolean; isReplay: boolean },
  { findings }: Scene,
): void {
  const [status, url] = [fieldOf(handle, 'status'), fieldOf(handle, 'poll_url')]
  const isStatus = typeof status === 'string'
  if (!findings.hold('submit.accepted', exchange, isStatus, { expected: '`status`', seen: show(handle) })) return
  const hasUrl = typeof url === 'string'
  if (!findings.hold('submit.accepted', exchange, hasUrl, { expected: '`poll_url`', seen: show(handle) })) return
  const wanted = `${basePath}/jobs/${encodeURIComponent(jobId)}`
  const isRight = url === wanted || url === `${basePath}/jobs/${jobId}`
  findings.hold('submit.poll-url', exchange, isRight, { expected: `\`poll_url\` to be ${wanted}`, seen: show(url) })
  if (wasKnown || status === 'pending') return
  const words = { expected: '`status` to be "pending" in the handle of a new job', seen: show(status) }
  if (isReplay) {
    findings.untold('submit.accepted', exchange, {
      expected: 'whether this submit repeats one from before the recording, whose job had got further',
      seen: `a handle with \`status\` ${show(status)}`,
    })
  } else findings.hold('submit.accepted', exchange, false, words)
}

/** That no other submit got the same id. */
function judgeId(submit: Submit, job: JobRecord, { api }: Asked, { findings, accounts }: Scene): void {
  const { exchange, request } = submit
  for (const other of job.submits) {
    const [mine, theirs] = [clientIdOf(request), clientIdOf(other.request)]
    if (request === null || other.request === null) continue
    const because = [other.exchange]
    const seen = `the id of the job of exchange ${other.exchange.id}`
    const areSame = accounts.areSame(exchange, other.exchange)
    if (mine !== null && mine === theirs) {
      if (areSame === false) {
        const expected = 'a job of its own for another account with the same `client_request_id`'
        findings.hold('idem.scoped', exchange, false, { expected, seen, because, about: `${api} ${job.id}` })
      }
      continue
    }
    const areEqual = submit.operation === other.operation && isDeepStrictEqual(request, other.request)
    const isAbsent = mine === null && theirs === null && areEqual && areSame !== false
    findings.hold(isAbsent ? 'idem.absent' : 'submit.job-id-opaque', exchange, false, {
      expected: isAbsent ? 'a second job for an equal submit without `client_request_id`' : 'a `job_id` of its own',
      seen,
      because,
      about: `${api} ${job.id}`,
    })
  }
  if (job.submits.length === 0) {
    findings.hold('submit.job-id-opaque', exchange, true, { expected: '', seen: '' })
  }
}

/**
 * What came of the same `client_request_id` before.
 *
 * @returns false if this cannot be the job of that id
 */
function judgeReplay(
  submit: Submit,
  job: JobRecord,
  before: { submit: Submit; job: JobRecord },
  { findings, order, moments }: Scene,
): boolean {
  const { exchange } = submit
  const first = before.submit.exchange
  const rule = replayRule(exchange, before, order)
  const words = {
    expected: `the job of exchange ${first.id} for the same \`client_request_id\`: ${before.job.id}`,
    seen: `another one: ${job.id}`,
    because: [first, before.job.terminal?.exchange],
    about: `${before.job.id} ${job.id}`,
  }
  if (job === before.job) return findings.hold(rule, exchange, true, words)
  if (!isSameRequest(submit, before.submit)) return findings.hold('idem.other-body', exchange, false, words)
  const age = before.job.gone === null ? moments.ageOf(before.job, exchange) : 'expired'
  if (age === 'kept') return findings.hold(rule, exchange, false, words)
  if (typeof age === 'object') {
    const expected = 'whether the first job was expired by then'
    findings.untold(rule, exchange, { ...words, expected, seen: age.untold })
  }
  return true
}

function replayRule(
  exchange: Exchange,
  { submit, job }: { submit: Submit; job: JobRecord },
  order: Scene['order'],
): string {
  if (!order.isBefore(submit.exchange, exchange)) return 'idem.parallel'
  return job.terminal !== null && order.isBefore(job.terminal.exchange, exchange)
    ? 'idem.after-terminal'
    : 'idem.same-job'
}

function isSameRequest(one: Submit, other: Submit): boolean {
  return one.operation === other.operation && isDeepStrictEqual(one.request, other.request)
}

/** Of what is refused like this, the next try may succeed. */
const OF_THE_MOMENT = [401, 403, 408, 413, 425, 429]

function judgeRefused(asked: Asked & { operation: JobOperation }, request: Json | null, scene: Scene): void {
  const { exchange, api, operation } = asked
  const { findings, book, order, moments } = scene
  const status = exchange.status ?? 0
  const named = fieldOf(jsonOf(exchange.responseBody), 'job_id')
  if (typeof named === 'string' && named !== '') book.job(api, named).refused ??= exchange
  if (request === null) return
  noteRepeated(asked, request, scene)
  const key = replayKey(exchange, request)
  const before = key === null || isAsync(request) !== true ? null : book.withId(api, key.account, key.id)
  if (before === null || OF_THE_MOMENT.includes(status)) return
  if (!order.isBefore(before.submit.exchange, exchange)) return
  if (!isSameRequest({ exchange, operation, request }, before.submit)) {
    findings.odd('idem.other-body', exchange, {
      expected: 'the original job: the body of a replay is not compared',
      seen: seenAnswer(exchange),
      because: [before.submit.exchange],
    })
    return
  }
  if (before.job.gone !== null || moments.ageOf(before.job, exchange) !== 'kept') return
  findings.hold(status === 402 ? 'idem.broke-replay' : 'idem.same-job', exchange, false, {
    expected: `the job of exchange ${before.submit.exchange.id} for the same \`client_request_id\``,
    seen: seenAnswer(exchange),
    because: [before.submit.exchange],
  })
}

/** A 402 or 422 is the same the next time, unless somebody pays or changes the request. */
function noteRepeated({ exchange, operation, api }: Asked, request: Json, { findings, book, order }: Scene): void {
  if (exchange.status !== 402 && exchange.status !== 422) return
  const what = `${api} ${labelOf(exchange)} ${operation} ${exchange.status} ${JSON.stringify(request)}`
  const before = book.refusals.get(what)
  if (book.refusals.size > 10_000) book.refusals.clear()
  book.refusals.set(what, exchange)
  if (!before || !order.isBefore(before, exchange)) return
  findings.odd('submit.not-retried', exchange, {
    expected: `no second try of what was refused with ${exchange.status}`,
    seen: `the request of exchange ${before.id} again`,
    because: [before],
    about: what,
  })
}

function replayKey(exchange: Exchange, request: Json | null): { account: string; id: string } | null {
  const [account, id] = [labelOf(exchange), clientIdOf(request)]
  return account === null || id === null ? null : { account, id }
}

function clientIdOf(request: Json | null): string | null {
  const id = request?.['client_request_id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** How a value differs from its schema, and where each part of that is promised. */
export function issuesOf(
  validate: { (value: unknown): boolean; errors?: ValidationIssue[] | null } | null,
  value: unknown,
): { expected: string; seen: string; source: Source }[] {
  if (validate === null || validate(value)) return []
  return (validate.errors ?? []).map((issue) => {
    const { instancePath, message, params } = issue
    const extra = params['additionalProperty']
    const place = `${instancePath}${extra === undefined ? '' : `/${String(extra)}`}`
    const at = place === '' ? 'the body' : place.slice(1).replaceAll('/', '.')
    const found = instancePath
      .split('/')
      .slice(1)
      .reduce<unknown>((inside, name) => fieldOf(inside, name.replaceAll('~1', '/').replaceAll('~0', '~')), value)
    return { expected: `\`${at}\` ${message ?? 'as documented'}`, seen: show(found), source: sourceOf(issue) }
  })
}

/** Status and the beginning of the body. */
export function seenAnswer({ status, responseBody }: Exchange): string {
  const text = textOf(responseBody) ?? ''
  const json = jsonOf(responseBody)
  return `${status} ${json === undefined ? text.slice(0, 120) : show(json)}`.trim()
}
