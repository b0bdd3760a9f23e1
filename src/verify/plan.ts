import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { criterion } from './criteria.ts'
import { highestPrice, type MicroUsd } from './prices.ts'
import type { Settings } from './settings.ts'
import type { StoryName } from './stories.ts'

/** What a run would cost, before anything is sent. Micro-dollars, at most. */
export interface Plan {
  readonly rules: readonly { readonly id: string; readonly cost: MicroUsd; readonly stories: readonly StoryName[] }[]
  /** Each shared job once. */
  readonly stories: readonly { readonly name: StoryName; readonly cost: MicroUsd }[]
  readonly total: MicroUsd
  /** What must be in hand besides, for requests that cost nothing once they are refused, or known as replays. */
  readonly headroom: MicroUsd
  readonly skipped: readonly { readonly id: string; readonly reason: string }[]
}

/** At most: the request of edit names a profile, and asks for two outputs. */
const STORY_COSTS: Readonly<Record<Exclude<StoryName, 'failing'>, MicroUsd>> = {
  edit: highestPrice('edit', { num_output_images: 2, profile_ids: ['somebody'] }),
  generate: highestPrice('generate', { num_output_images: 2 }),
  enhance: highestPrice('enhance', {}),
  remix: highestPrice('remix', {}),
}

/** Its own requests and those of all jobs that it looks at. Micro-dollars. */
export function costOf({ cost = 0, stories = [] }: Case): MicroUsd {
  return stories.reduce((sum, name) => sum + (name === 'failing' ? 0 : STORY_COSTS[name]), cost)
}

/** Prices a run without a control API, whose accounts have money of their own. */
export function planOf(settings: Settings): Plan {
  const { isWanted, failingRequest } = settings
  const failing = highestPrice(failingRequest.operation, failingRequest.body)
  const chosen = cases.filter(({ id }) => isWanted(id))
  const skipped = chosen.flatMap(({ id }) => {
    const reason = lacking(id, settings)
    return reason === null ? [] : [{ id, reason }]
  })
  const tried = chosen.filter(({ id }) => !skipped.some((one) => one.id === id))
  const names = new Set(tried.flatMap(({ stories = [] }) => stories))
  const stories = [...names].map((name) => ({ name, cost: name === 'failing' ? failing : STORY_COSTS[name] }))
  const expiring = tried.filter(({ id }) => EXPIRING.includes(id))
  const own = tried.reduce((sum, { id, cost = 0 }) => sum + (EXPIRING.includes(id) ? 0 : cost), 0)
  const shared = stories.reduce((sum, { cost }) => sum + cost, 0)
  return {
    rules: tried.map(({ id, cost = 0, stories: looksAt = [] }) => ({ id, cost, stories: looksAt })),
    stories,
    // Those that wait for an expiry share one job.
    total: own + shared + (expiring[0]?.cost ?? 0),
    headroom: HEADROOM + settings.concurrency * highestPrice('remix', {}),
    skipped,
  }
}

/** Of submits that are sent at once with one idempotency key, each might turn out to be a job of its own. */
const HEADROOM = 12 * highestPrice('generate', {})

const EXPIRING = ['poll.retained', 'poll.expired', 'poll.expired-scoped', 'result.expiry']

/** @returns what it needs and has not; `null` if nothing */
function lacking(id: string, { otherKey, brokeKey, receiver }: Settings): string | null {
  const has = {
    clock: false,
    ledger: false,
    day: true,
    'second-key': otherKey !== null,
    'broke-key': brokeKey !== null,
    receiver: receiver !== null,
  }
  const lacks = criterion(id).needs.filter((need) => !need.some((each) => has[each]))
  return lacks.length === 0 ? null : `it needs ${lacks.map((need) => need.join(' or ')).join(' and ')}`
}
