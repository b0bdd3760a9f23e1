import { type OperationId, operations } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Scene } from '../scene.ts'
import type { Session } from '../session.ts'
import { holdAnswer, holdCallback } from '../shape.ts'
import { readyProfile, trainProfile } from '../subjects.ts'
import { Trial } from '../trial.ts'
import { NotTried } from '../verdict.ts'

/** All answers of one operation: those that it gets here, and those that the whole run has seen. */
function shapeOf(operationId: OperationId): Case {
  return {
    id: `shape.${operationId}`,
    async run({ trial, scene, session }) {
      const isOfProfiles = operations[operationId].tag === 'Profiles'
      if (isOfProfiles && !(await session.hasProfiles())) {
        throw new NotTried('the implementation has no endpoints of profiles (say --without profiles, if that is so)')
      }
      // The rules have already sent enough requests to the image operations.
      if (operations[operationId].requestBody === null || isOfProfiles) await visit(operationId, await scene())
      const { exchanges } = session.target.wire
      const given = headersGiven(session)
      const seen = exchanges.filter((one) => one.operation === operationId && one.direction === 'sent')
      holdAll(trial, seen, (one, exchange) => holdAnswer(one, exchange, given))
      if (trial.looks === 0) throw new NotTried('no answer of it was seen')
    },
  }
}

function headersGiven({ target }: Session): ReadonlySet<string> {
  return new Set(
    target.wire.exchanges.flatMap(({ headers, direction }) => (direction === 'sent' ? [...headers.keys()] : [])),
  )
}

/** Requests of its own, for the statuses that cost nothing to see. */
async function visit(operationId: OperationId, place: Scene): Promise<void> {
  const { alice, world } = place
  switch (operationId) {
    case 'getJob':
      await alice.poll('0'.repeat(32))
      return
    case 'getWebhookSecret':
      await alice.call('getWebhookSecret')
      return
    case 'addProfile':
      await alice.call('addProfile', { body: { training_tier: 'fast' } })
      if (world !== null) await trainProfile(place)
      return
    case 'listProfiles':
      if (world !== null) await trainProfile(place)
      await alice.call('listProfiles')
      await alice.call('listProfiles', { query: { tag: 'family' } })
      await alice.call('listProfiles', { query: { tag: 'x'.repeat(129) } })
      return
    case 'getProfileStatus':
    case 'getProfilePicture': {
      const id = world === null ? await readyProfile(alice) : await trainProfile(place)
      if (id !== null) await alice.call(operationId, { ids: [id] })
      await alice.call(operationId, { ids: ['nobody'] })
      return
    }
    case 'deleteProfile': {
      // What is deleted is gone: only from accounts of our own.
      const id = world === null ? null : await trainProfile(place)
      if (id !== null) await alice.call('deleteProfile', { ids: [id] })
      await alice.call('deleteProfile', { ids: ['nobody'] })
      return
    }
    default:
      // The rules have already sent enough of these requests.
      return
  }
}

/** Shown of those that are as they should be; there are hundreds. */
const SHOWN_OF_EACH_STATUS = 3

/** Holds each of them, and shows what differs, each difference once, and a few of the others. */
function holdAll(trial: Trial, exchanges: readonly Exchange[], hold: (trial: Trial, exchange: Exchange) => void): void {
  const counts = new Map<number, number>()
  const told = new Set<string>()
  for (const exchange of exchanges) {
    const one = new Trial()
    hold(one, exchange)
    if (one.looks === 0) continue
    const count = (counts.get(exchange.status) ?? 0) + 1
    counts.set(exchange.status, count)
    const news = one.breaches.filter(({ expected, source }) => !told.has(`${source} ${expected}`))
    for (const { expected, source } of news) told.add(`${source} ${expected}`)
    if (news.length > 0 || count <= SHOWN_OF_EACH_STATUS) trial.add(one, news)
  }
}

const jobFinished: Case = {
  id: 'shape.jobFinished',
  looksAt: ({ callback }) => callback === 'with',
  async run({ trial, session, story }) {
    const calling = session.stories.plans.filter(({ callback }) => callback === 'with')
    session.stories.startAll(calling)
    await Promise.allSettled(calling.map((plan) => story(plan)))
    const seen = session.target.wire.exchanges.filter(({ direction }) => direction === 'received')
    holdAll(trial, seen, holdCallback)
    if (trial.looks === 0) throw new NotTried('no callback came')
  },
}

export const shape: readonly Case[] = [
  ...Object.values(operations).map(({ operationId }) => shapeOf(operationId)),
  jobFinished,
]
