import type { JobOperation } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { type Scene, statusOf } from '../scene.ts'
import type { Depth } from '../scope.ts'
import { kindsOf, type StoryPlan } from '../story-plan.ts'
import { show, type Trial } from '../trial.ts'
import { NotTried } from '../verdict.ts'
import { holdPicture } from './result.ts'

interface SyncBody {
  readonly mode: 'bytes' | 'urls'
  readonly async: 'absent' | 'false'
  readonly outputs: number
  readonly format: 'png' | 'jpg'
  readonly body: Record<string, unknown>
}

/** What a synchronous request of each operation asks for. */
const SYNC_BODIES = [
  { mode: 'bytes', async: 'absent', outputs: 1, format: 'jpg', body: {} },
  {
    mode: 'urls',
    async: 'false',
    outputs: 2,
    format: 'png',
    body: { async: false, response_mode: 'urls', num_output_images: 2, output_format: 'png' },
  },
] as const satisfies readonly SyncBody[]

export const syncDefault: Case = {
  id: 'submit.sync-default',
  over: {
    operation: IMAGE_OPERATIONS,
    mode: SYNC_BODIES.map(({ mode }) => mode),
    async: SYNC_BODIES.map(({ async }) => async),
  },
  cost: (depth) =>
    sum(IMAGE_OPERATIONS.flatMap((name) => syncBodies(name, depth).map(({ body }) => highestPrice(name, body)))),
  async run({ trial, scene, session }) {
    if (session.settings.without.has('sync')) throw new NotTried('left out by --without sync')
    const place = await scene()
    const { depth } = session.settings
    // Each keeps its connection open for as long as the work takes, so they wait together.
    const asked = IMAGE_OPERATIONS.flatMap((operation) =>
      syncBodies(operation, depth).map(async ({ mode, async, outputs, format, body }) => {
        const exchange = await place.synchronous(place.alice, operation, imageBody(operation, body))
        holdResult(trial, exchange, { mode, outputs, format })
        trial.mark({ operation, mode, async })
      }),
    )
    for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
    if (place.world === null) return
    await holdSyncKinds(trial, place, kindsOf(session.stories.plans, true))
    await holdSyncFailure(trial, place)
  },
}

function syncBodies(operation: JobOperation, depth: Depth): readonly SyncBody[] {
  const nth = IMAGE_OPERATIONS.indexOf(operation)
  if (depth === 'full') return SYNC_BODIES
  const [bytes, urls] = SYNC_BODIES
  const { num_output_images: _, ...one } = urls.body
  return [nth === 0 ? { ...urls, outputs: 1, body: one } : bytes]
}

function holdResult(
  trial: Trial,
  exchange: Exchange,
  { mode, outputs, format }: { mode: 'bytes' | 'urls'; outputs: number; format: 'png' | 'jpg' },
): void {
  const when = `${mode === 'bytes' ? 'without `async`' : 'with `async: false`'}, on ${exchange.operation}`
  if (!trial.status(exchange, 200, `with the result, ${when}`)) return
  const result = jsonOf(exchange)
  const lists = { bytes: 'images', urls: 'download_urls' } as const
  for (const [each, name] of Object.entries(lists)) {
    const wanted = each === mode ? outputs : 0
    const list = fieldOf(result, name)
    const isSo = Array.isArray(list) && list.length === wanted
    trial.expect(exchange, isSo, `\`${name}\` to be a list of ${wanted} in \`${mode}\` mode, ${when}`, show(list))
  }
  for (const picture of exchange.pictures) holdPicture(trial, exchange, picture, format, `an output, ${when}`)
}

/** All kinds of jobs, without `async`. */
async function holdSyncKinds(trial: Trial, place: Scene, kinds: readonly StoryPlan[]): Promise<void> {
  const asked = kinds.map(async ({ operation, account, outputs, format, body }) => {
    const caller = account === 'first' ? place.alice : place.other
    const exchange = await place.synchronous(caller, operation, imageBody(operation, body))
    holdResult(trial, exchange, { mode: 'bytes', outputs: Number(outputs), format })
  })
  for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
}

/** Synchronous work that fails must not be answered 200. */
async function holdSyncFailure(trial: Trial, place: Scene): Promise<void> {
  await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  for (const operation of IMAGE_OPERATIONS) {
    const exchange = await place.synchronous(place.alice, operation, imageBody(operation, { prompt: 'doomed' }))
    const isTold = exchange.status >= 400
    trial.expect(exchange, isTold, `an error for work that failed, on ${operation}`, `${exchange.status}`)
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, each) => total + each, 0)
}

export const longerBudget: Case = {
  id: 'submit.longer-budget',
  over: { operation: IMAGE_OPERATIONS, path: ['sync', 'async'] },
  async run({ trial, scene, session }) {
    const place = await scene()
    await place.levers.scenarios.add({ effect: { running: '11m' } })
    for (const operation of IMAGE_OPERATIONS) {
      if (session.settings.without.has('sync')) trial.leave({ path: 'sync' }, 'left out by --without sync')
      else {
        const before = await place.balance()
        const sync = await place.synchronous(place.alice, operation, imageBody(operation))
        trial.status(sync, 504, `for a synchronous request of eleven minutes, on ${operation}`, { source: 'reference' })
        trial.equal(sync, await place.balance(), before, 'the balance after the 504')
        trial.mark({ operation, path: 'sync' })
      }
      const { jobId } = await place.submit(place.alice, operation)
      const last = (await place.finish(place.alice, jobId)).at(-1) as Exchange
      const isDone = statusOf(last) === 'succeeded'
      trial.expect(last, isDone, `the same work to succeed in async, on ${operation}`, show(jsonOf(last)))
      trial.mark({ operation, path: 'async' })
    }
  },
}
