import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { criterion } from './criteria.ts'
import type { MicroUsd } from './prices.ts'
import type { Settings } from './settings.ts'
import { planStories, type StoryPlan, storyCost } from './story-plan.ts'

/** What a run would cost, before anything is sent. Micro-dollars, at most. */
export interface Plan {
  readonly rules: readonly { readonly id: string; readonly cost: MicroUsd }[]
  /** Each shared job once. */
  readonly stories: readonly { readonly name: string; readonly cost: MicroUsd }[]
  /** Replays and refusals included, because whether a target takes them for such, only the run shows. */
  readonly total: MicroUsd
  readonly skipped: readonly { readonly id: string; readonly reason: string }[]
}

/** Its own requests and those of all jobs that it looks at. Micro-dollars. */
export function costOf({ cost, looksAt }: Case, plans: readonly StoryPlan[], { depth }: Settings): MicroUsd {
  const stories = looksAt ? plans.filter(looksAt) : []
  return stories.reduce((sum, plan) => sum + storyCost(plan), cost?.(depth) ?? 0)
}

/** The shared jobs of a run without a control API. */
export function plansWithoutControl(settings: Settings): StoryPlan[] {
  const { otherKey, receiver } = settings
  return planStories(settings, { hasControl: false, hasSecond: otherKey !== null, hasReceiver: receiver !== null })
}

/** Prices a run without a control API, whose accounts have money of their own. */
export function planOf(settings: Settings): Plan {
  const chosen = cases.filter(({ id }) => settings.isWanted(id))
  const skipped = chosen.flatMap(({ id }) => {
    const reason = lacking(id, settings)
    return reason === null ? [] : [{ id, reason }]
  })
  const tried = chosen.filter(({ id }) => !skipped.some((one) => one.id === id))
  const plans = plansWithoutControl(settings)
  const stories = plans
    .filter((plan) => tried.some(({ looksAt }) => looksAt?.(plan)))
    .map((plan) => ({ name: plan.name, cost: storyCost(plan) }))
  const rules = tried.map(({ id, cost }) => ({ id, cost: cost?.(settings.depth) ?? 0 }))
  const total = [...stories, ...rules].reduce((sum, { cost }) => sum + cost, 0)
  return { rules, stories, total, skipped }
}

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
