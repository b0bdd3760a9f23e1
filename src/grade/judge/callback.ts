import { type Forgery, forgeryOf, NOBODY, SPACED } from '../courier.ts'
import type { Exchange } from '../exchange.ts'
import type { Played } from '../play.ts'
import type { Course } from './course.ts'
import {
  cannotJudge,
  counted,
  endingOf,
  HOLDS,
  type Judge,
  notApplicable,
  type Outcome,
  seconds,
  when,
} from './trial.ts'

/** Why nothing can be said of its callbacks; `null` if it takes some. */
function withoutCallbacks(course: Course): Outcome | null {
  if (!course.usesCallbacks) return notApplicable('it asks for no callbacks. Polling tells it all')
  if (course.takesCallbacks) return null
  return cannotJudge(
    'nobody took a callback: its callback_url is not on this machine, or nobody listens there. ' +
      'Tell where its receiver listens by --receiver URL',
  )
}

function callbacksOf({ exchanges, endedMs }: Played): Exchange[] {
  return exchanges.filter(
    (each) =>
      each.kind === 'callback' &&
      each.endedMs !== null &&
      each.problem !== NOBODY &&
      // A client that has its pictures may end in the middle of an answer.
      !(each.problem !== null && each.endedMs > endedMs - 300),
  )
}

function isOf({ status }: Exchange, hundreds: number): boolean {
  return Math.floor(status / 100) === hundreds
}

function answerOf({ status, problem, endedMs, atMs }: Exchange): string {
  return problem ?? `${status} after ${seconds((endedMs ?? atMs) - atMs)}`
}

export const notNeeded: Judge = (course, trial) => {
  if (!course.usesCallbacks) return notApplicable('it asks for no callbacks. Polling tells it all')
  const played = course.round('no-callback')
  if (played === null) return cannotJudge('its round no-callback was not run')
  const polls = played.exchanges.filter(({ kind }) => kind === 'poll')
  trial.look(...played.exchanges.filter(({ kind }) => kind === 'submit'), ...polls)
  if (played.ending.kind === 'done') return HOLDS
  if (polls.length > 0 && played.ending.kind === 'stopped') {
    return cannotJudge(`it polled, and was not done in ${seconds(played.endedMs - played.startedMs)} (--patience)`)
  }
  trial.breach(
    'without a callback, the job is polled',
    `${counted(polls.length, 'poll')} in ${seconds(played.endedMs - played.startedMs)}: ${endingOf(played)}`,
  )
  return HOLDS
}

/**
 * It signs JSON that it has written anew: of genuine callbacks of one job, it refuses one only because of its blanks. A
 * second one may be refused as a duplicate, so what counts is the first.
 */
function signsAnew(course: Course): Exchange | null {
  const genuine = (id: string): Exchange[] =>
    course
      .rounds(id)
      .flatMap(callbacksOf)
      .filter((each) => forgeryOf(each) === null)
  const usual = genuine('ordinary').find(({ fault }) => fault === null)
  const byJob = Map.groupBy(genuine('forged-callbacks'), ({ jobId }) => jobId)
  for (const [first, second] of byJob.values()) {
    if (first?.fault !== SPACED) continue
    if (isOf(first, 4) && second !== undefined && isOf(second, 2)) return first
    if (isOf(first, 2) && usual !== undefined && isOf(usual, 4)) return usual
  }
  return null
}

export const acknowledged: Judge = (course, trial) => {
  const without = withoutCallbacks(course)
  if (without) return without
  const isAnew = signsAnew(course) !== null
  let seen = 0
  for (const played of course.rounds('ordinary', 'rough-callbacks', 'failed-job')) {
    for (const one of callbacksOf(played)) {
      if (forgeryOf(one) !== null) continue
      trial.look(one)
      seen += 1
      // callback.verified names it.
      if (isOf(one, 2) || (isAnew && isOf(one, 4))) continue
      const kind = one.fault ?? 'a genuine callback'
      trial.breach('2xx within ten seconds', `${answerOf(one)}, to ${kind} ${when(played)}`, one)
    }
  }
  return seen > 0 ? HOLDS : cannotJudge('no callback reached anybody')
}

const UNVERIFIED: readonly Forgery[] = ['wrong signature', 'changed byte', 're-serialised body', 'no signature']

export const verified: Judge = (course, trial) => {
  const without = withoutCallbacks(course)
  if (without) return without
  const played = course.round('forged-callbacks')
  if (played === null) return cannotJudge('its round forged-callbacks was not run')
  const all = callbacksOf(played)
  let seen = 0
  for (const one of all) {
    const forgery = forgeryOf(one)
    if (forgery === null || !UNVERIFIED.includes(forgery)) continue
    trial.look(one)
    seen += 1
    if (isOf(one, 4) || (one.status === 0 && one.problem !== null) || isOf(one, 5)) continue
    trial.breach(`4xx to a callback with ${forgery}`, answerOf(one), one)
  }
  const refused = signsAnew(course)
  if (refused !== null) {
    trial.breach(
      'a genuine signature is taken, whatever blanks the JSON has',
      `${answerOf(refused)}: it signs JSON that it has written anew`,
      refused,
    )
  }
  return seen > 0 ? HOLDS : cannotJudge('no forged callback reached anybody')
}

export const signatureFirst: Judge = (course, trial) => {
  const without = withoutCallbacks(course)
  if (without) return without
  const played = course.round('forged-callbacks')
  if (played === null) return cannotJudge('its round forged-callbacks was not run')
  const forged = callbacksOf(played).filter((each) => forgeryOf(each) !== null)
  if (forged.some((one) => isOf(one, 2) && forgeryOf(one) === 'wrong signature')) {
    return notApplicable('it does not check signatures: callback.verified says what that costs')
  }
  trial.look(...forged)
  for (const one of forged) {
    if (isOf(one, 4) || (isOf(one, 2) && forgeryOf(one) !== 'nonsense')) continue
    trial.breach(`4xx to a callback with ${forgeryOf(one)}`, answerOf(one), one)
  }
  const trapped = played.exchanges.find(({ place }) => place === 'elsewhere')
  if (trapped) trial.breach('nothing is done because of a forged body', 'it fetched what a forged body named', trapped)
  else if (trial.breaches.length === 0 && played.ending.kind === 'failed' && course.isWorking) {
    trial.breach('nothing is done because of a forged body', `it gave up ${when(played)}: ${endingOf(played)}`)
  }
  return forged.length > 0 ? HOLDS : cannotJudge('no forged callback reached anybody')
}
