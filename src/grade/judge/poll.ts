import { forgeryOf } from '../courier.ts'
import { type Exchange, isEnd } from '../exchange.ts'
import { endTold, isEven, paceOf, pollsByJob, SHORTEST_MS } from '../pace.ts'
import type { Played } from '../play.ts'
import { THROTTLED_S } from '../rounds.ts'
import type { Course } from './course.ts'
import {
  asFarAs,
  cannotJudge,
  counted,
  endingOf,
  HOLDS,
  type Judge,
  notApplicable,
  type Outcome,
  seconds,
  type Trial,
  when,
  withoutAsync,
} from './trial.ts'

/** Why nothing can be said of its polls; `null` if there are some. */
function withoutPolls(course: Course): Outcome | null {
  const sync = withoutAsync(course, 'a connection that breaks loses a picture that is paid for')
  if (sync) return sync
  if (course.polls) return null
  return course.usesCallbacks
    ? notApplicable('it does not poll while callbacks come; callback.not-needed says what that costs')
    : null
}

/** Several requests were given the same job, and each is polled for; submit.own-id says why. */
function isShared({ exchanges }: Played, job: string): boolean {
  const intents = exchanges.flatMap(({ kind, jobId, intent }) => (kind === 'submit' && jobId === job ? [intent] : []))
  return new Set(intents).size > 1
}

/** A client may fetch a job once more when it has ended. */
const POLLS_AFTER_END = 1

export const ends: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  for (const played of course.rounds('ordinary', 'failed-job', 'slow-submit')) {
    const polls = pollsByJob(played.exchanges)
    for (const job of played.jobs.values()) {
      if (isShared(played, job.id)) continue
      const mine = polls.get(job.id) ?? []
      trial.look(...mine)
      const end = endTold(mine)
      if (end === undefined) stopsBefore(played, { trial, job: job.id, mine, polls: course.polls })
      else goesOnAfter(played, { trial, end, mine })
    }
  }
  return HOLDS
}

function stopsBefore(
  played: Played,
  { trial, job, mine, polls }: { trial: Trial; job: string; mine: readonly Exchange[]; polls: boolean },
): void {
  const isCalled = played.exchanges.some(
    ({ kind, jobId, status, fault }) =>
      kind === 'callback' && jobId === job && status >= 200 && status < 300 && forgeryOf({ fault }) === null,
  )
  const last = mine.at(-1)
  if (isCalled || played.round.id !== 'ordinary' || played.ending.kind === 'stopped') return
  // A client that breaks down is not one that takes a job for ended.
  if (played.ending.kind === 'failed' && (last === undefined || last.told === null)) return
  const submit = played.exchanges.find(({ kind, jobId }) => kind === 'submit' && jobId === job)
  if (last === undefined && polls && submit !== undefined) {
    // Among jobs that it asks for, one that it leaves alone may be meant, as in a test of the submit.
    trial.note('every job is asked for', `job ${job} was not, and is paid for`, submit)
    return
  }
  const told = last?.told ?? 'never asked for'
  trial.breach('polls until the job is `succeeded` or `failed`', `it ended when job ${job} was ${told}`, last ?? null)
}

function goesOnAfter(
  played: Played,
  { trial, end, mine }: { trial: Trial; end: Exchange; mine: readonly Exchange[] },
): void {
  const after = mine.filter(({ atMs }) => end.endedMs !== null && atMs > end.endedMs)
  if (after.length <= POLLS_AFTER_END) return
  trial.breach(
    `no more polls of a job that has ${end.told}`,
    `${counted(after.length, 'more poll')} of job ${end.jobId} ${when(played)}`,
    after.at(-1),
  )
}

export const pace: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  let gaps = 0
  for (const played of course.rounds('ordinary', 'slow-job', 'twenty-minutes', 'failed-job')) {
    for (const { polls, jobId } of paceOf(played.exchanges).paces) {
      if (isShared(played, jobId)) continue
      trial.look(...polls)
      const end = endTold(polls)
      const waits = polls.slice(1).flatMap((poll, nth) => {
        const before = polls[nth] as Exchange
        // A callback, or a download that was refused, is a reason to ask at once.
        const isCalled = played.exchanges.some(
          ({ kind, atMs, jobId: id }) =>
            (kind === 'callback' || kind === 'download') && id === jobId && atMs > before.atMs && atMs <= poll.atMs,
        )
        const isAfter = end?.endedMs !== undefined && end.endedMs !== null && poll.atMs >= end.endedMs
        return isCalled || isAfter ? [] : [{ poll, ms: poll.atMs - before.atMs }]
      })
      gaps += waits.length
      const short = waits.filter(({ ms }) => ms < SHORTEST_MS)
      const [first] = short
      // A single one may be the chance of a busy machine.
      if (first === undefined || (short.length < 2 && waits.length > 1)) continue
      const shortest = Math.min(...short.map(({ ms }) => ms))
      trial.breach(
        'a second or more between two polls of a job',
        `${counted(short.length, 'poll')} of job ${jobId} sooner, the quickest after ${shortest} ms, ${when(played)}`,
        first.poll,
      )
    }
  }
  return gaps > 0 ? HOLDS : asFarAs('no job was asked for twice')
}

export const backsOff: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  const played = course.round('slow-job')
  if (played === null) return cannotJudge('its round slow-job was not run')
  const { paces } = paceOf(played.exchanges)
  const watchedMs = played.endedMs - played.startedMs
  for (const one of paces) {
    trial.look(...one.polls)
    if (!isEven(one)) continue
    const [from, to] = [Math.min(...one.gapsMs), Math.max(...one.gapsMs)]
    trial.breach(
      'the wait between two polls grows with the time that a job takes',
      `${counted(one.polls.length, 'poll')} of job ${one.jobId}, each ${seconds(from)} to ${seconds(to)} apart`,
      one.polls.at(-1),
    )
  }
  if (paces.some(({ hasGrown }) => hasGrown)) return HOLDS
  const polls = Math.max(0, ...paces.map((one) => one.polls.length))
  return polls < 2
    ? cannotJudge(`it polled ${polls === 0 ? 'not at all' : 'once'} in ${seconds(watchedMs)} (--patience)`)
    : asFarAs(`as far as was looked, ${counted(polls, 'poll')} in ${seconds(watchedMs)} (--patience)`)
}

export const retryAfter: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  const seen = course.rounds('throttled', 'throttled-submit')
  let waits = 0
  for (const played of seen) {
    const refused = played.exchanges.filter(
      ({ kind, fault, status }) =>
        (kind === 'poll' || kind === 'submit') && fault !== null && (status === 429 || status === 503),
    )
    for (const one of refused) {
      const next = played.exchanges.find(
        ({ kind, id, jobId, intent, clientRequestId }) =>
          kind === one.kind &&
          id > one.id &&
          (kind === 'poll' ? jobId === one.jobId : intent === one.intent && clientRequestId === one.clientRequestId),
      )
      trial.look(one, next)
      if (next === undefined) {
        if (one.kind === 'submit' || played.ending.kind === 'stopped') continue
        trial.breach(
          `a poll that is answered ${one.status} with Retry-After: ${THROTTLED_S} is made again later`,
          `it gave the job up: ${endingOf(played)}`,
          one,
        )
        continue
      }
      waits += 1
      const waitedMs = next.atMs - (one.endedMs ?? one.atMs)
      if (waitedMs >= THROTTLED_S * 1_000 - 100) continue
      trial.breach(
        `${THROTTLED_S} s or more until the next ${one.kind}, after ${one.status} with Retry-After: ${THROTTLED_S}`,
        `it came after ${seconds(waitedMs)}`,
        next,
      )
    }
  }
  return waits > 0 ? HOLDS : cannotJudge('nothing was asked for again after a Retry-After')
}

export const patient: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  const played = course.round('twenty-minutes')
  if (played === null) return cannotJudge('its round twenty-minutes was not run')
  const polls = played.exchanges.filter(({ kind }) => kind === 'poll')
  trial.look(...polls)
  const watched = `${counted(polls.length, 'poll')} in ${seconds(played.endedMs - played.startedMs)}`
  const last = polls.at(-1)
  if (played.ending.kind === 'stopped') {
    return polls.length === 0
      ? cannotJudge(`it polled not at all in ${seconds(played.endedMs - played.startedMs)}`)
      : asFarAs(`as far as was looked, ${watched} (--patience)`)
  }
  const isWaitedFor = [...pollsByJob(played.exchanges).values()].every((mine) => endTold(mine) !== undefined)
  if (polls.length > 0 && isWaitedFor) return HOLDS
  trial.breach(
    'a job of 20 minutes is waited for',
    `it gave up after ${watched}, when the job was ${last?.told ?? 'not asked for'}: ${endingOf(played)}`,
    last ?? null,
  )
  return HOLDS
}

export const gone: Judge = (course, trial) => {
  const without = withoutPolls(course)
  if (without) return without
  let seen = 0
  for (const played of course.rounds('job-unknown', 'job-gone')) {
    for (const mine of pollsByJob(played.exchanges).values()) {
      trial.look(...mine)
      const refused = mine.find(({ status, fault }) => fault !== null && (status === 404 || status === 410))
      if (refused === undefined) continue
      seen += 1
      const after = mine.filter(({ atMs }) => refused.endedMs !== null && atMs > refused.endedMs)
      if (after.length === 0) continue
      trial.breach(
        `no more polls after a ${refused.status}`,
        `${counted(after.length, 'more poll')} of job ${refused.jobId}`,
        after[0],
      )
    }
    if (played.ending.kind === 'done' && played.exchanges.some(({ told }) => told !== null && !isEnd(told))) {
      trial.breach(
        'it says that something is missing',
        `it ended as if all were well ${when(played)}: ${endingOf(played)}`,
      )
    }
  }
  return seen > 0 ? HOLDS : cannotJudge('it polled no job twice, so that none could be gone')
}
