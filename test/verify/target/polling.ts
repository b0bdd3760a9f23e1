import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { describeJob, type Job } from './job.ts'
import { notFound, Refusal } from './refusal.ts'
import type { World } from './world.ts'

const EXPIRED = new Refusal(410, 'JOB_EXPIRED', 'The job has passed its retention window and is gone.')

/** Tells the owner, and nobody else, where a job is. */
export function getJob(world: World, account: Account, id: string): Answer {
  const { flaw, timeline } = world
  const job = world.jobs.get(id)
  if (job === undefined) {
    if (flaw.has('unknown-job-410')) throw EXPIRED
    if (flaw.has('unknown-job-500')) throw new Refusal(500, 'INTERNAL', 'Internal server error')
    throw notFound('job')
  }
  const expired = timeline.now >= expiryOf(world, job)
  if (expired && flaw.has('expired-leaks')) throw EXPIRED
  if (job.account !== account) {
    if (flaw.has('foreign-job-403') && !expired) throw new Refusal(403, 'MISSING_API_KEY', 'This is not your job.')
    if (flaw.has('expired-foreign-403') && expired) throw new Refusal(403, 'MISSING_API_KEY', 'This is not your job.')
    if (flaw.has('foreign-job-detail')) throw new Refusal(404, 'NOT_FOUND', 'No such job in this account.')
    if (!flaw.has('foreign-job-readable') || expired) {
      const refusal = notFound('job')
      if (!flaw.has('foreign-job-header')) throw refusal
      throw Object.assign(refusal, { headers: { 'cache-control': 'private' } })
    }
  }
  if (expired) throw flaw.has('expired-404') ? notFound('job') : EXPIRED
  return json(200, poll(world, account, job))
}

/** What a poll says, and what some flaws let it do. */
function poll(world: World, account: Account, job: Job): unknown {
  const { flaw, timeline } = world
  job.polls += 1
  if (flaw.has('poll-costs')) account.take(1_000, job.id)
  if (flaw.has('poll-extends-retention') && job.over) job.expiresAt += 60_000
  if (job.over) for (const action of job.putOff.splice(0)) action()
  if (flaw.has('urls-anew-each-poll') && job.result !== null) {
    job.result.download_urls = job.result.download_urls.map((url) => world.downloads.rename(url))
  }
  const view = describeJob(job, timeline.now, flaw)
  if (job.over && job.withheld) {
    Object.assign(view, { status: 'running', result: null, error: null, completed_at: null })
  }
  if (job.status === 'running' && job.runningPolls++ % 2 === 1 && flaw.has('status-flaps')) view['status'] = 'pending'
  if (job.result !== null && flaw.has('result-purged-early')) {
    const half = ((job.completedAt ?? 0) + job.expiresAt) / 2
    if (timeline.now >= half) view['result'] = { ...job.result, download_urls: [] }
  }
  return view
}

function expiryOf(world: World, job: Job): number {
  const { flaw } = world
  if (flaw.has('expired-never')) return Number.POSITIVE_INFINITY
  if (flaw.has('expired-second-late')) return job.expiresAt + 1000
  if (flaw.has('expired-second-early')) return job.expiresAt - 1000
  return job.expiresAt
}
