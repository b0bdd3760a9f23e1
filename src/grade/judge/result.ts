import { type Exchange, isAsync, pictureOf } from '../exchange.ts'
import type { Played } from '../play.ts'
import type { Course } from './course.ts'
import {
  cannotJudge,
  endingOf,
  HOLDS,
  type Judge,
  notApplicable,
  type Outcome,
  seconds,
  type Trial,
  withoutAsync,
} from './trial.ts'

function withoutDownloads(course: Course): Outcome | null {
  if (course.downloads) return null
  return notApplicable('it downloads nothing. After 24 hours its pictures are gone, and paid for')
}

function downloadsOf({ exchanges }: Played): Exchange[] {
  return exchanges.filter(({ kind, method }) => kind === 'download' && method === 'GET')
}

/** Whoever has not asked for a picture so long after it was told of one keeps URLs, not pictures. */
const LONG_MS = 15_000

/** It was told of pictures, goes on, and does not ask for them. */
function leaves({ ordinary }: Course, trial: Trial): void {
  if (ordinary.ending.kind !== 'stopped') return
  const told = ordinary.exchanges.find(({ told: status }) => status === 'succeeded')
  if (told === undefined) return
  const goesOn = ordinary.exchanges.some(({ jobId, id }) => jobId === told.jobId && id > told.id)
  const waitedMs = ordinary.endedMs - told.atMs
  if (goesOn || waitedMs < LONG_MS) return
  trial.breach('pictures are fetched when their job has succeeded', `it fetched none in ${seconds(waitedMs)}`, told)
}

export const inTime: Judge = (course, trial) => {
  leaves(course, trial)
  const without = withoutDownloads(course)
  if (without) return without
  const played = course.round('brief-results')
  if (played === null) return cannotJudge('its round brief-results was not run')
  const downloads = downloadsOf(played)
  trial.look(...downloads)
  const late = downloads.find(({ status }) => status >= 400)
  if (late !== undefined && played.ending.kind !== 'done') {
    const told = played.exchanges.find(({ jobId, told: status }) => jobId === late.jobId && status === 'succeeded')
    const after = told === undefined ? '' : ` ${seconds(late.atMs - told.atMs)} after it was told of it`
    trial.breach('pictures are fetched when their job has succeeded', `it asked for one${after}: ${late.status}`, late)
  }
  if (late === undefined && downloads.length === 0) return cannotJudge(`it downloaded nothing: ${endingOf(played)}`)
  return HOLDS
}

export const renewed: Judge = (course, trial) => {
  const without = withoutDownloads(course)
  if (without) return without
  const sync = withoutAsync(course, 'a refused URL is a lost picture, and paid for')
  if (sync) return sync
  const played = course.round('refused-url')
  if (played === null) return cannotJudge('its round refused-url was not run')
  const jobs = new Set(played.exchanges.flatMap((each) => (each.kind === 'submit' && isAsync(each) ? each.jobId : [])))
  const refused = played.exchanges.filter(
    ({ kind, status, jobId }) => kind === 'download' && status === 403 && jobs.has(jobId),
  )
  if (refused.length === 0) return cannotJudge('it downloaded no picture of a job')
  for (const mine of Map.groupBy(refused, ({ jobId }) => jobId).values()) {
    const first = mine[0] as Exchange
    const poll = played.exchanges.find(
      ({ kind, jobId, id, status }) => kind === 'poll' && jobId === first.jobId && id > first.id && status === 200,
    )
    trial.look(...mine, poll)
    if (poll !== undefined || played.ending.kind === 'stopped') continue
    trial.breach(
      'a job whose download URL is refused is polled anew',
      `it was not, after ${mine.length === 1 ? 'a refusal' : `${mine.length} refusals`}: ${endingOf(played)}`,
      mine.at(-1),
    )
    // Of those that follow, nobody knows whether the client had the time.
    break
  }
  return HOLDS
}

export const whole: Judge = (course, trial) => {
  const without = withoutDownloads(course)
  if (without) return without
  const played = course.round('cut-off')
  if (played === null) return cannotJudge('its round cut-off was not run')
  const downloads = downloadsOf(played)
  const cut = downloads.filter(({ fault }) => fault !== null)
  if (cut.length === 0) return cannotJudge('no download could break off')
  trial.look(...downloads)
  if (played.ending.kind !== 'done') return HOLDS
  for (const one of cut) {
    const again = downloads.find(
      (other) => other.id > one.id && pictureOf(other) === pictureOf(one) && other.status < 300 && other.fault === null,
    )
    if (again !== undefined) continue
    trial.breach('half a picture is fetched again, or an error', `it took it for a whole one: ${endingOf(played)}`, one)
  }
  return HOLDS
}
