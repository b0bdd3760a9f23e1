import { cannotJudge, counted, endingOf, HOLDS, type Judge } from './trial.ts'

/** A few tries of a job that has failed are a choice; more have no bound that anybody could call one. */
const MOST_RESUBMITS = 5

export const surfaces: Judge = (course, trial) => {
  const played = course.round('failed-job')
  if (played === null) return cannotJudge('its round failed-job was not run')
  const { exchanges, jobs, ending } = played
  const submits = exchanges.filter(({ kind }) => kind === 'submit')
  const polls = exchanges.filter(({ kind, told }) => kind === 'poll' && told === 'failed')
  trial.look(...submits, ...polls)
  if (submits.length === 0) return cannotJudge('it submitted nothing')
  const download = exchanges.find(({ kind, jobId }) => kind === 'download' && jobId !== null && jobs.has(jobId))
  if (download) trial.breach('nothing is downloaded of a job that failed', 'a download was asked for', download)
  for (const [intent, mine] of Map.groupBy(submits, (each) => each.intent)) {
    const more = mine.length - Math.max(1, course.usualSubmits(intent))
    if (more < MOST_RESUBMITS) continue
    trial.breach(
      `a job that failed is submitted again fewer than ${MOST_RESUBMITS} times`,
      `${counted(more, 'more submit')} of it, each a job of its own`,
      mine.at(-1),
    )
  }
  if (trial.breaches.length > 0) return HOLDS
  if (ending.kind === 'done') {
    trial.breach(
      'the failure is told: another exit code than 0, a promise that is rejected',
      `it ended as if all were well: ${endingOf(played)}`,
      polls.at(-1) ?? null,
    )
  } else if (ending.kind === 'stopped') {
    trial.breach('it ends when its jobs have failed', endingOf(played), polls.at(-1) ?? null)
  }
  return HOLDS
}
