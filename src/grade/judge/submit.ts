import { type Exchange, isAsync, isEnd, objectOf } from '../exchange.ts'
import type { Played } from '../play.ts'
import { MANY_SUBMITS } from '../rounds.ts'
import type { Course } from './course.ts'
import {
  asFarAs,
  cannotJudge,
  counted,
  endingOf,
  HOLDS,
  type Judge,
  notApplicable,
  seconds,
  type Trial,
  when,
  withoutAsync,
} from './trial.ts'

function submitsOf({ exchanges }: Played): Exchange[] {
  return exchanges.filter(({ kind }) => kind === 'submit')
}

function byIntent(played: Played): Map<string, Exchange[]> {
  return Map.groupBy(submitsOf(played), ({ intent }) => intent as string)
}

/** How many jobs there are of one intent. */
function jobsOf({ jobs }: Played, intent: string): number {
  return [...jobs.values()].filter((job) => job.intent === intent).length
}

/** A sentence of what it was that was asked for. */
function asked({ body }: Exchange): string {
  const prompt = objectOf(body)?.['prompt']
  return typeof prompt === 'string' && prompt !== '' ? `“${prompt.slice(0, 60)}”` : 'the request'
}

export const sameId: Judge = (course, trial) => {
  const played = course.round('answer-lost')
  if (played === null) return cannotJudge('its round answer-lost was not run')
  let resent = 0
  for (const [intent, submits] of byIntent(played)) {
    trial.look(...submits)
    const lost = submits.find(({ fault }) => fault !== null)
    if (lost === undefined) continue
    const next = submits.find(({ id }) => id > lost.id)
    if (next === undefined) continue
    resent += 1
    if (!isAsync(lost)) {
      // What a client_request_id means to a synchronous request, the API does not say.
      if (next.clientRequestId !== null && next.clientRequestId === lost.clientRequestId) continue
      trial.breach(
        'one charge: only an async submit with a client_request_id is safe to send again',
        `${asked(lost)} again as a synchronous request, and each is paid for`,
        next,
      )
      continue
    }
    const made = jobsOf(played, intent)
    const usual = Math.max(1, course.usualSubmits(intent))
    if (made > usual) {
      trial.breach(
        lost.clientRequestId === null
          ? 'a client_request_id, sent again, and one job'
          : `client_request_id ${lost.clientRequestId} again, and one job`,
        `${next.clientRequestId ?? 'no id'}, and ${counted(made, 'job')} for ${asked(lost)}, each paid for`,
        next,
      )
    }
  }
  if (resent > 0) return HOLDS
  const sync = withoutAsync(course, 'a lost answer is a lost picture, and paid for')
  if (sync) return sync
  return notApplicable(
    course.usesIds
      ? 'it does not try again after a lost answer, and so its client_request_id is of no use: the job is paid for'
      : 'it sends no client_request_id, and does not try again. A lost answer is a job that is paid for in vain',
  )
}

export const triesAgain: Judge = (course, trial) => {
  const tries: { first: Exchange; isAgain: boolean; played: Played }[] = []
  // Whoever has no id cannot tell a connection that broke before the job was made from one that broke after.
  const safe = course.usesIds ? ['reset'] : []
  for (const played of course.rounds('unavailable', 'throttled-submit', ...safe)) {
    for (const submits of byIntent(played).values()) {
      trial.look(...submits)
      const first = submits.find(({ fault }) => fault !== null)
      if (first === undefined) continue
      tries.push({ first, isAgain: submits.some(({ id }) => id > first.id), played })
    }
  }
  if (tries.length === 0) return cannotJudge('no submit could be refused')
  if (!course.usesIds && tries.every(({ isAgain }) => !isAgain)) {
    return notApplicable(
      'without a client_request_id it cannot try again safely, and does not. Each blip of a connection loses a picture',
    )
  }
  for (const { first, isAgain, played } of tries) {
    if (isAgain || played.ending.kind === 'stopped') continue
    trial.breach('the submit is tried again', `it was not, ${when(played)}: ${endingOf(played)}`, first)
  }
  return bounded(course, trial) ?? HOLDS
}

/** In an outage, it comes to an end. */
function bounded(course: Course, trial: Trial) {
  const played = course.round('outage')
  if (played === null) return null
  const most = [...byIntent(played).values()].toSorted((a, b) => b.length - a.length)[0] ?? []
  trial.look(...most)
  const watched = `${counted(most.length, 'submit')} of one intent in ${seconds(played.endedMs - played.startedMs)}`
  if (most.length >= MANY_SUBMITS) {
    trial.breach(`fewer than ${MANY_SUBMITS} tries of one submit`, `${watched}, and no end`, most.at(-1))
  } else if (played.ending.kind === 'done') {
    trial.breach('it says that something is missing', `it ended as if all were well ${when(played)}`, most.at(-1))
  } else if (played.ending.kind === 'stopped') {
    return asFarAs(`as far as was looked, it still tried after ${watched} (--patience)`)
  }
  return null
}

export const ownId: Judge = (course, trial) => {
  if (!course.submits.some(({ clientRequestId }) => clientRequestId !== null)) {
    return notApplicable('it sends no client_request_id, and so cannot try again safely')
  }
  for (const played of course.played) {
    const byId = Map.groupBy(submitsOf(played), ({ clientRequestId }) => clientRequestId)
    for (const [id, submits] of byId) {
      if (id === null) continue
      trial.look(...submits)
      const other = submits.find(({ intent }) => intent !== submits[0]?.intent)
      if (other === undefined) continue
      trial.breach(
        'each request has a client_request_id of its own',
        `${id} stands for ${asked(submits[0] as Exchange)} and for ${asked(other)}`,
        other,
      )
      return HOLDS
    }
  }
  return HOLDS
}

export const notRetried: Judge = (course, trial) => {
  let refused = 0
  for (const played of course.rounds('no-balance', 'invalid')) {
    const status = played.round.id === 'invalid' ? 422 : 402
    for (const [intent, submits] of byIntent(played)) {
      trial.look(...submits)
      if (submits[0]?.status !== status) continue
      refused += 1
      const usual = Math.max(1, course.usualSubmits(intent))
      if (submits.length <= usual) continue
      trial.breach(
        `a submit that is answered ${status} is not sent again`,
        `${asked(submits[0])} was sent ${submits.length} times`,
        submits[usual],
      )
    }
    if (refused > 0 && played.ending.kind === 'done') {
      trial.breach('it says that something is missing', `it ended as if all were well ${when(played)}`)
    }
  }
  return refused > 0 ? HOLDS : cannotJudge('no submit could be refused')
}

export const once: Judge = (course, trial) => {
  const { ordinary } = course
  twice(ordinary, trial)
  for (const [id, submits] of Map.groupBy(submitsOf(ordinary), ({ clientRequestId }) => clientRequestId)) {
    trial.look(...submits)
    const [first, again] = submits
    if (id === null || again === undefined || again.intent !== first?.intent) continue
    trial.breach(
      'one submit for one intent',
      `${counted(submits.length, 'submit')} with client_request_id ${id} while nothing went wrong`,
      again,
    )
  }
  for (const [intent, submits] of byIntent(ordinary)) wasted(ordinary, { trial, intent, submits })
  for (const played of course.rounds('slow-submit', 'throttled', 'slow-job', 'twenty-minutes', 'no-callback')) {
    for (const [intent, submits] of byIntent(played)) {
      trial.look(...submits)
      const made = isAsync(submits[0] as Exchange) ? jobsOf(played, intent) : submits.length
      const usual = Math.max(1, course.usualSubmits(intent))
      if (made <= usual) continue
      trial.breach(
        'one submit, however long it takes',
        `${counted(made, 'job')} for ${asked(submits[0] as Exchange)}, each paid for, ${when(played)}`,
        submits[usual],
      )
    }
  }
  return HOLDS
}

/** Equal requests at one time are no breach: whoever wants several pictures of one prompt may ask so. */
function twice(played: Played, trial: Trial): void {
  for (const submits of byIntent(played).values()) {
    const [first, again] = submits.filter(isAsync)
    if (first === undefined || again === undefined || again.clientRequestId === first.clientRequestId) continue
    const end = played.exchanges.find(({ jobId, told }) => jobId === first.jobId && told !== null && isEnd(told))
    if (end !== undefined && end.id < again.id) continue
    trial.note(
      'one submit for one intent, with num_output_images for several pictures',
      `${counted(submits.length, 'equal request')} for ${asked(first)} at one time, each paid for`,
      again,
    )
  }
}

/** Jobs of one intent of which some are never asked for. */
function wasted(
  { exchanges, jobs, ending }: Played,
  { trial, intent, submits }: { trial: Trial; intent: string; submits: readonly Exchange[] },
): void {
  const mine = [...jobs.values()].filter((job) => job.intent === intent)
  const isUsed = (id: string): boolean =>
    exchanges.some(
      ({ kind, jobId, status }) => jobId === id && (kind === 'download' || (kind === 'poll' && status > 0)),
    )
  const unused = mine.filter(({ id }) => !isUsed(id))
  if (ending.kind !== 'done' || mine.length < 2 || unused.length === 0 || unused.length === mine.length) return
  const extra = submits.find(({ jobId }) => jobId === unused[0]?.id)
  // One after the other they may be tests that have no more to do with each other than their request.
  if (extra === undefined || !submits.some((other) => other !== extra && isAtOnce(other, extra))) return
  trial.breach(
    'one submit for one intent',
    `${counted(mine.length, 'job')} for ${asked(submits[0] as Exchange)}, of which ${unused.length} nobody asked for`,
    extra,
  )
}

/** Each was sent before the other was answered. */
function isAtOnce(one: Exchange, other: Exchange): boolean {
  const endOf = ({ endedMs }: Exchange): number => endedMs ?? Number.POSITIVE_INFINITY
  return one.atMs <= endOf(other) && other.atMs <= endOf(one)
}
