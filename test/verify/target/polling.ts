import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { describeJob, type Job } from './job.ts'
import { expiryOf, findJob, forbidForeign, pollExpired, refuseUnknown } from './job-access.ts'
import { distortPoll } from './poll-flaws.ts'
import type { World } from './world.ts'

/** Tells the owner, and nobody else, where a job is. */
export function getJob(world: World, account: Account, id: string): Answer {
  const job = findJob(world, account, id)
  if (job === undefined) throw refuseUnknown(world, id)
  const expired = world.timeline.now >= expiryOf(world, job)
  if (job.account !== account) forbidForeign(world, account, job, expired)
  return expired ? pollExpired(world, job, () => poll(world, account, job)) : json(200, poll(world, account, job))
}

/** What a poll says, and what some flaws let it do. */
export function poll(world: World, account: Account, job: Job): Record<string, unknown> {
  const { flaw, timeline } = world
  job.polls += 1
  job.wake?.()
  job.wake = null
  if (flaw.has('poll-costs', job)) account.take(1_000, job.id)
  if (flaw.has('tenth-poll-costs', job) && job.polls % 10 === 0) account.take(1_000, job.id)
  if (flaw.has('poll-extends-retention', job) && job.over) job.expiresAt += 60_000
  if (job.over) for (const action of job.putOff.splice(0)) action()
  if (flaw.has('urls-anew-each-poll', job) && job.result !== null) {
    job.result.download_urls = job.result.download_urls.map((url) => world.downloads.rename(url))
  }
  const view = describeJob(job, timeline.now, flaw)
  distortPoll(view, job, world)
  return view
}
