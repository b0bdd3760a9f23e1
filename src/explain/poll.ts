import { isDeepStrictEqual } from 'node:util'
import { labelOf } from './accounts.ts'
import type { JobRecord, Json } from './book.ts'
import { type Exchange, fieldOf, jsonOf } from './exchange.ts'
import { show } from './finding.ts'
import { isTerminal, judgeJob, rankOf, withoutQueries } from './job.ts'
import type { Asked, Scene } from './scene.ts'
import { seenAnswer } from './submit.ts'

/** A poll, and its answer. */
export function judgePoll(asked: Asked, scene: Scene): void {
  const { exchange, api, subject } = asked
  const { status } = exchange
  if (status === null || subject === null) return
  if (status === 200) judgeShown(exchange, scene.book.job(api, subject), scene)
  else {
    const job = scene.book.find(api, subject)
    if (job) judgeNotShown(exchange, status, job, scene)
  }
}

function judgeShown(exchange: Exchange, job: JobRecord, scene: Scene): void {
  const { findings, book } = scene
  const body = jsonOf(exchange.responseBody)
  const isObject = body !== null && typeof body === 'object' && !Array.isArray(body)
  if (!isObject) {
    const words = { expected: 'a JSON object', seen: seenAnswer(exchange) }
    if (exchange.responseBody.kind === 'whole') findings.hold('poll.shape', exchange, false, words)
    else
      findings.untold('poll.shape', exchange, { expected: 'what this poll said', seen: 'it is not in the recording' })
    return
  }
  if (!judgeOwner(exchange, job, scene)) return
  if (!judgeReturn(exchange, job, scene)) return
  const isSound = judgeJob(exchange, body as Json, job, scene)
  if (job.first === null) scene.moments.noteCreated(job, fieldOf(body, 'created_at'))
  judgeProgress(exchange, body as Json, job, scene, isSound)
  const sight = { exchange, job: body as Json }
  job.first ??= sight
  if (!job.seen.has(String(sight.job['status']))) job.seen.set(String(sight.job['status']), sight)
  if (isTerminal(sight.job)) job.terminal ??= sight
  const urls = fieldOf(fieldOf(body, 'result'), 'download_urls')
  for (const url of Array.isArray(urls) ? urls : []) {
    if (typeof url === 'string' && URL.canParse(url)) book.handOut(url, job, exchange)
  }
  judgeRetention(exchange, job, scene)
}

/** @returns false if nobody but its owner may see it, and this is another account */
function judgeOwner(exchange: Exchange, job: JobRecord, { findings, accounts }: Scene): boolean {
  const owner = job.owner
  job.owner ??= exchange
  const { refused } = job
  if (refused !== null) {
    findings.hold(refused.status === 402 ? 'bill.insufficient' : 'submit.no-trace', exchange, false, {
      expected: `no job: its submit was refused with ${refused.status}`,
      seen: seenAnswer(exchange),
      because: [refused],
      about: job.id,
    })
  }
  if (owner === null) return true
  const areSame = accounts.areSame(owner, exchange)
  if (areSame === null) {
    if (labelOf(owner) !== null && labelOf(exchange) !== null) {
      findings.untold('poll.scoped', exchange, {
        expected: 'whether the key of this poll is of the account that owns the job; if each is, say --key-per-account',
        seen: `another key than that of exchange ${owner.id}`,
        because: [owner],
        about: job.id,
      })
    }
    return true
  }
  return findings.hold('poll.scoped', exchange, areSame, {
    expected: '404 for another account’s job',
    seen: seenAnswer(exchange),
    because: [owner],
    about: job.id,
  })
}

/** A job that was gone stays gone. */
function judgeReturn(exchange: Exchange, { gone, id }: JobRecord, { findings, order }: Scene): boolean {
  if (gone === null || !order.isBefore(gone, exchange)) return true
  return findings.hold('poll.expired', exchange, false, {
    expected: '410 for good, once a job has expired',
    seen: seenAnswer(exchange),
    because: [gone],
    about: id,
  })
}

function judgeProgress(
  exchange: Exchange,
  body: Json,
  job: JobRecord,
  { findings, order }: Scene,
  isSound: boolean,
): void {
  const rank = rankOf(body['status'])
  if (rank < 0) return
  const about = job.id
  const further = [...job.seen.values()].find(
    (sight) => rankOf(sight.job['status']) > rank && order.isBefore(sight.exchange, exchange),
  )
  const seen = show(body['status'])
  if (further) {
    const expected = `a status that follows ${show(further.job['status'])}`
    findings.hold('poll.monotonic', exchange, false, { expected, seen, because: [further.exchange], about })
    return
  }
  if (judgeCalledBack(exchange, body, job, findings, order)) return
  findings.hold('poll.monotonic', exchange, true, { expected: '', seen: '' })
  const { first, terminal } = job
  if (first !== null) {
    for (const field of ['operation', 'created_at']) {
      if (isDeepStrictEqual(first.job[field], body[field])) continue
      // That its operation is another than the submit's is said already.
      if (!isSound && field === 'operation' && job.submits.length > 0) continue
      const expected = `\`${field}\` to stay ${show(first.job[field])}`
      const words = { expected, seen: show(body[field]), because: [first.exchange], about }
      if (!findings.hold('poll.monotonic', exchange, false, words)) return
    }
  }
  // Whichever was first: both show the end, and the end never changes.
  if (terminal === null || rank < 2 || !isSound) return
  const isSame = isDeepStrictEqual(withoutQueries(terminal.job), withoutQueries(body))
  findings.hold('poll.monotonic', exchange, isSame, {
    expected: `the ended job to stay ${show(terminal.job)}`,
    seen: show(body),
    because: [terminal.exchange],
    about,
  })
}

/** What a callback said before. @returns true if this poll is at odds with it */
function judgeCalledBack(
  exchange: Exchange,
  body: Json,
  { callbacks, terminal, id }: JobRecord,
  findings: Scene['findings'],
  order: Scene['order'],
): boolean {
  const [callback] = callbacks
  // Once a poll has shown the end, polls are held against that.
  if (!callback || terminal !== null) return false
  if (!isTerminal(body)) {
    if (!order.isBefore(callback.exchange, exchange)) return false
    return !findings.hold('callback.not-before', callback.exchange, false, {
      expected: 'no callback before the job has ended',
      seen: `a job that is ${show(body['status'])} afterwards`,
      because: [exchange],
      about: id,
    })
  }
  const isSame = isDeepStrictEqual(withoutQueries(callback.job), withoutQueries(body))
  return !findings.hold('callback.payload', exchange, isSame, {
    expected: `the value that the callback of exchange ${callback.exchange.id} had: ${show(callback.job)}`,
    seen: show(body),
    because: [callback.exchange],
    about: id,
  })
}

/** A 200 long after its end. */
function judgeRetention(exchange: Exchange, job: JobRecord, { findings, moments }: Scene): void {
  if (job.terminal === null) return
  const age = moments.ageOf(job, exchange)
  if (typeof age === 'object') return
  findings.hold(age === 'expired' ? 'poll.expired' : 'poll.retained', exchange, age !== 'expired', {
    expected: `410, as its retention of ${hours(moments.retentionMs)} is over`,
    seen: `200 for a job that ended at ${String(job.terminal.job['completed_at'])}`,
    because: [job.terminal.exchange],
    about: job.id,
  })
}

function judgeNotShown(exchange: Exchange, status: number, job: JobRecord, scene: Scene): void {
  const { findings, accounts, order } = scene
  const owner = job.owner
  // Before it was made, or at the same time: nothing was promised yet.
  if (owner === null || !order.isBefore(owner, exchange)) return
  const areSame = accounts.areSame(owner, exchange)
  const because = [owner, job.terminal?.exchange]
  const about = job.id
  const seen = seenAnswer(exchange)
  if (areSame === false) {
    if (status !== 410) {
      // A redirect, a refusal for another reason: nothing is told of the job.
      const isHidden = status >= 300
      findings.hold('poll.scoped', exchange, isHidden, {
        expected: '404 for another account’s job',
        seen,
        because,
        about,
      })
      return
    }
    findings.hold('poll.expired-scoped', exchange, false, {
      expected: '404 for another account’s job, expired or not',
      seen,
      because,
      about,
    })
    return
  }
  if (areSame === null) {
    if (status !== 404 && status !== 410) return
    findings.untold(status === 404 ? 'poll.retained' : 'poll.expired', exchange, {
      expected:
        'whether this poll was by the account that owns the job; if each key has its own, say --key-per-account',
      seen,
      because,
      // Of the same two keys, once.
      about: `${status} ${labelOf(owner)} ${labelOf(exchange)}`,
    })
    return
  }
  if (status === 410) judgeGone(exchange, job, scene, because)
  else if (status === 404) judgeLost(exchange, job, scene, because)
  else if (status < 300 || status === 400 || status === 422) {
    const expected = '200 when the owner polls the job'
    findings.hold('submit.poll-url', exchange, false, { expected, seen, because, about })
  }
}

function judgeGone(
  exchange: Exchange,
  job: JobRecord,
  { findings, moments }: Scene,
  because: (Exchange | undefined)[],
): void {
  const { gone, id } = job
  job.gone ??= exchange
  if (gone !== null) return
  const age = moments.ageOf(job, exchange)
  const expected = `200 until ${hours(moments.retentionMs)} after the job ended`
  const words = { expected, seen: seenAnswer(exchange), because, about: id }
  if (typeof age === 'object') {
    const untold = { ...words, expected: 'whether the job’s retention was over', seen: age.untold }
    findings.untold('poll.retained', exchange, untold)
  } else if (age === 'kept') findings.hold('poll.retained', exchange, false, words)
  else findings.hold('poll.expired', exchange, true, words)
}

function judgeLost(
  exchange: Exchange,
  job: JobRecord,
  { findings, moments, order }: Scene,
  because: (Exchange | undefined)[],
): void {
  const seen = seenAnswer(exchange)
  const { gone, id } = job
  if (gone !== null && order.isBefore(gone, exchange)) {
    const expected = '410 for good, once a job has expired'
    findings.hold('poll.expired', exchange, false, { expected, seen, because: [...because, gone], about: id })
    return
  }
  const age = moments.ageOf(job, exchange)
  const isOver = age === 'expired'
  findings.hold(isOver ? 'poll.expired' : 'poll.retained', exchange, false, {
    expected: isOver ? '410 for a job of one’s own that has expired' : '200 for a job of one’s own',
    seen,
    because,
    about: id,
  })
}

function hours(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${ms / 1000} s`
}
