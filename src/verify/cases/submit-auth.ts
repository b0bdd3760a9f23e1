import { randomBytes } from 'node:crypto'
import { type JobOperation, type OperationId, operations } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import type { Exchange } from '../http/exchange.ts'
import { asyncBody, IMAGE_OPERATIONS } from '../requests.ts'
import type { Scene } from '../scene.ts'
import type { StoryPlan } from '../story-plan.ts'
import { readyProfile, trainProfile } from '../subjects.ts'
import type { Caller } from '../target.ts'
import type { Trial } from '../trial.ts'

const succeeds = ({ outcome }: StoryPlan): boolean => outcome === 'succeeded'

export function randomKey(): string {
  return `no-such-key-${randomBytes(12).toString('hex')}`
}

/** Keys of no account: none, empty, and keys that resemble an account's key. */
export const KEYS = [
  'none',
  'empty',
  'unknown',
  'cut',
  'longer',
  'changed at its end',
  'in another case',
  'in quotes',
  'parted by a blank',
] as const

export const auth: Case = {
  id: 'submit.auth',
  over: { endpoint: Object.keys(operations), key: KEYS },
  looksAt: succeeds,
  async run(stage) {
    const { trial, session, scene } = stage
    const place = await scene()
    const [plan] = session.stories.plans.filter(succeeds)
    const shared = place.world === null && plan ? await stage.story(plan) : null
    const jobId = shared?.jobId ?? (await place.submit(place.alice, 'generate')).jobId
    const profileId = !(await place.hasProfiles())
      ? null
      : place.world === null
        ? await readyProfile(place.alice)
        : await trainProfile(place)
    for (const { operationId, tag } of Object.values(operations)) {
      if (tag === 'Profiles' && !(await place.hasProfiles())) {
        trial.leave({ endpoint: operationId }, 'the implementation has no endpoints of profiles')
        continue
      }
      // A profile is deleted only in a World of the run. Elsewhere, deleteProfile gets an id that does not exist.
      const isSafe = operationId !== 'deleteProfile' || place.world !== null
      const id = operationId === 'getJob' ? jobId : isSafe ? profileId : null
      for (const kind of KEYS) {
        const key = keyOf(kind, place.alice.identity.key ?? '')
        if (key === undefined) {
          trial.leave({ key: kind }, 'the key has no letters')
          continue
        }
        const exchange = await knock(place, session.stranger(trial, key), operationId, id)
        judgeKnock(trial, exchange, kind, operationId, id)
        trial.mark({ endpoint: operationId, key: kind })
      }
    }
  },
}

/** @returns `null` for no key at all; `undefined` if there is none of that kind */
export function keyOf(kind: (typeof KEYS)[number], key: string): string | null | undefined {
  const last = key.at(-1) ?? ''
  switch (kind) {
    case 'none':
      return null
    case 'empty':
      return ''
    case 'unknown':
      return randomKey()
    case 'cut':
      // Of a single character nothing is left, and that is the empty one.
      return key.length < 2 ? undefined : key.slice(0, -1)
    case 'longer':
      return `${key}x`
    case 'changed at its end':
      return key.slice(0, -1) + (last === '0' ? '1' : '0')
    case 'in another case': {
      const other = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase()
      return other === key ? undefined : other
    }
    case 'in quotes':
      return `"${key}"`
    case 'parted by a blank':
      // A blank at either end is none to HTTP, and leaves the key as it is.
      return key.length < 2 ? undefined : `${key.slice(0, 1)} ${key.slice(1)}`
    default:
      return kind satisfies never
  }
}

async function knock(place: Scene, stranger: Caller, operationId: OperationId, id: string | null): Promise<Exchange> {
  const { pathParameters, requestBody } = operations[operationId]
  const ids = pathParameters.map(() => id ?? 'nobody')
  const isImage = (IMAGE_OPERATIONS as readonly string[]).includes(operationId)
  const urls = Array.from({ length: 5 }, (_each, nth) => `https://example.com/me/${nth + 1}.jpg`)
  const body = isImage ? asyncBody(operationId as JobOperation) : { image_urls: urls, training_tier: 'fast' }
  const { exchange } = await place.request(stranger.call(operationId, { ids, ...(requestBody !== null && { body }) }))
  return exchange
}

function judgeKnock(
  trial: Trial,
  exchange: Exchange,
  kind: (typeof KEYS)[number],
  operationId: OperationId,
  id: string | null,
): void {
  const { pathParameters, method, path } = operations[operationId]
  const what = `${kind === 'none' ? 'without a key' : `with a key that is ${kind}`}, on ${method} ${path}`
  const status = kind === 'none' ? 403 : 401
  // For ids that do not exist, no promise says that the key is checked before the id.
  if (pathParameters.length > 0 && id === null && exchange.status === 404)
    trial.prefer(exchange, false, `${status} ${what}`, '404')
  else if (kind === 'empty') trial.refused(exchange, [403, 401], what)
  else trial.status(exchange, status, what)
}
