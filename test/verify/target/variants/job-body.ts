import type { Behaviour, View } from '../behaviour.ts'
import { eachJob, isOver } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'

const open = 'job body'

const without = (view: View, isLeftOut: (name: string) => boolean): View =>
  Object.fromEntries(Object.entries(view).filter(([name]) => !isLeftOut(name)))

/** Rewrites a job for as long as it is not over. */
const whileUnfinished = (change: (view: View, ageMs: number) => View): (() => Behaviour) =>
  eachJob((view, job, world) => (isOver(view) ? view : change(view, world.timeline.now - job.createdAt)))

const inResult = (change: (result: View, view: View) => View): (() => Behaviour) =>
  eachJob((view) => (view['result'] ? { ...view, result: change(view['result'] as View, view) } : view))

const sorted = (view: View): View => Object.fromEntries(Object.entries(view).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Fields, and which of them are there when. */
export const jobBody: readonly Variant[] = [
  {
    id: 'unfinished-absent',
    open,
    description: 'an unfinished job has no `result`, `error` and `completed_at`',
    build: whileUnfinished((view) => without(view, (name) => view[name] === null)),
    shows: async (probe) => !('result' in (await probe.first())) && 'error' in (await probe.done()),
  },
  {
    id: 'nulls-absent',
    open,
    description: 'a field without a value is left out of every job',
    build: eachJob((view) => without(view, (name) => view[name] === null)),
    shows: async (probe) => !('error' in (await probe.done())) && !('result' in (await probe.failed())),
  },
  {
    id: 'error-absent-on-success',
    open,
    description: 'a succeeded job has no `error`',
    build: eachJob((view) => without(view, (name) => name === 'error' && view['status'] === 'succeeded')),
    shows: async (probe) => !('error' in (await probe.done())) && 'error' in (await probe.first()),
  },
  {
    id: 'result-absent-on-failure',
    open,
    description: 'a failed job has no `result`',
    build: eachJob((view) => without(view, (name) => name === 'result' && view['status'] === 'failed')),
    shows: async (probe) => !('result' in (await probe.failed())) && 'result' in (await probe.first()),
  },
  {
    id: 'job-further-fields',
    open,
    description: 'a job has further fields, empty ones and nested ones',
    build: eachJob((view, job) => ({
      object: 'job',
      ...view,
      id: job.id,
      tags: [],
      metadata: {},
      label: null,
      request: { outputs: job.request.outputs, output_format: job.request.format },
      links: [{ rel: 'self', href: `/v1/phota/jobs/${job.id}` }],
    })),
    shows: async (probe) => (await probe.done()).object === 'job',
  },
  {
    id: 'result-further-fields',
    open,
    description: 'a result has further fields',
    build: inResult((result) => ({ ...result, seed: 4_294_967_295, sizes: [{ width: 1, height: 1 }], warnings: [] })),
    shows: async (probe) => (await probe.done()).result.seed > 0,
  },
  {
    id: 'subjects-further-fields',
    open,
    description: '`known_subjects` has further fields beside `counts`',
    build: inResult((result) => ({ ...result, known_subjects: { ...(result['known_subjects'] as View), faces: [] } })),
    shows: async (probe) => Array.isArray((await probe.done()).result.known_subjects.faces),
  },
  {
    id: 'result-empty-while-unfinished',
    open,
    description: '`result` is `{}` until the job ends',
    build: whileUnfinished((view) => ({ ...view, result: {} })),
    shows: async (probe) => JSON.stringify((await probe.first()).result) === '{}',
  },
  {
    id: 'result-lists-while-unfinished',
    open,
    description: '`result` has empty lists until the job ends',
    build: whileUnfinished((view) => ({
      ...view,
      result: { images: [], download_urls: [], known_subjects: { counts: {} } },
    })),
    shows: async (probe) => (await probe.first()).result?.download_urls.length === 0,
  },
  {
    id: 'completed-at-estimated',
    open,
    description: '`completed_at` is an estimate until the job ends',
    build: whileUnfinished((view) => ({
      ...view,
      completed_at: new Date(Date.parse(String(view['created_at'])) + 30_000).toISOString(),
    })),
    shows: async (probe) => (await probe.first()).completed_at !== null,
  },
  {
    id: 'progress-moves',
    open,
    description: '`progress` grows until the job ends, and is 100 from then on',
    build: eachJob((view, job, world) => ({
      ...view,
      progress: isOver(view) ? 100 : Math.min(99, (world.timeline.now - job.createdAt) / 20),
    })),
    shows: async (probe) => (await probe.story()).some(({ progress }) => progress < 100),
  },
  {
    id: 'eta-moves',
    open,
    description: 'an unfinished job has `queue_position` and `eta_seconds`, which are gone at its end',
    build: whileUnfinished((view, ageMs) => ({ ...view, queue_position: 3, eta_seconds: 30 - ageMs / 1000 })),
    shows: async (probe) => 'eta_seconds' in (await probe.first()) && !('eta_seconds' in (await probe.done())),
  },
  {
    id: 'updated-at-moves',
    open,
    description: '`updated_at` is the time of the poll until the job ends, and `completed_at` from then on',
    build: eachJob((view, _job, world) => ({
      ...view,
      updated_at: isOver(view) ? view['completed_at'] : new Date(world.timeline.now).toISOString(),
    })),
    shows: async (probe) => new Set((await probe.story()).map((job) => job.updated_at ?? 0)).size > 1,
  },
  {
    id: 'pending-never-seen',
    open,
    description: 'a job that waits is shown as `running`',
    build: whileUnfinished((view) => ({ ...view, status: 'running' })),
    shows: async (probe) => (await probe.story()).every(({ status }) => status !== 'pending'),
  },
  {
    id: 'running-never-seen',
    open,
    description: 'a job that runs is shown as `pending`',
    build: whileUnfinished((view) => ({ ...view, status: 'pending' })),
    shows: async (probe) => (await probe.story()).every(({ status }) => status !== 'running'),
  },
  {
    id: 'job-keys-sorted',
    open,
    description: 'the fields of a job come in the order of the alphabet',
    build: eachJob((view) => sorted(view)),
    shows: async (probe) => Object.keys(await probe.first())[0] === 'completed_at',
  },
]
