import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import type { Job } from './job.ts'
import { poll } from './polling.ts'
import { notFound, Refusal } from './refusal.ts'
import type { World } from './world.ts'

const JOB_PATH = /^\/v1\/phota\/jobs\/([^/]+)(\/?)$/
const NOTHING: Answer = { status: 204, type: null, body: '' }

interface Visit {
  readonly world: World
  readonly account: Account
  readonly job: Job
}

const show = ({ world, account, job }: Visit): Answer => json(200, poll(world, account, job))

const refuseMethod = (): never => {
  throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'The method is not allowed here.')
}

/** For some flaws, what another method, or a slash at the end, does to a job without asking whose it is. */
const WAYS: Record<string, (method: string, visit: Visit) => Answer | null> = {
  'head-unscoped': (method) => (method === 'HEAD' ? json(200, {}) : null),
  'slash-unscoped': (method, visit) => (method === 'GET/' ? show(visit) : null),
  'post-unscoped': (method, visit) => (method === 'POST' ? show(visit) : null),
  'put-unscoped': (method, visit) => (method === 'PUT' ? show(visit) : null),
  'delete-unscoped': (method, { world, job }) => {
    if (method !== 'DELETE') return null
    world.jobs.delete(job.id)
    return NOTHING
  },
  'patch-unscoped': (method, { job }) => {
    if (method !== 'PATCH') return null
    job.createdAt -= 60_000
    return NOTHING
  },
  '405-only-where-a-job-is': (method) => (method === 'GET/' ? null : refuseMethod()),
}

/**
 * How some flaws answer a request to the path of a job that is no poll; null if this is no such request.
 *
 * @throws {Refusal} 404 where no job is
 */
export function visitJob(world: World, account: Account, method: string, path: string): Answer | null {
  const way = world.flaw.pick(WAYS)
  const [, id, slash] = JOB_PATH.exec(path) ?? []
  if (way === undefined || id === undefined) return null
  const job = world.jobs.get(id)
  if (job === undefined) throw notFound('job')
  return way(method + slash, { world, account, job })
}
