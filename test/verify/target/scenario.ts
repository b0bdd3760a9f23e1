import type { Operation } from './image-request.ts'

export interface Match {
  operation?: Operation | 'addProfile'
  account?: string
  prompt?: string
  client_request_id?: string
  nth?: number
  probability?: number
}

export interface Effect {
  pending?: string | number
  running?: string | number
  fail?: string
  message?: string
  stuck?: 'until-limit' | 'forever'
  known_subjects?: Record<string, number>
  settle_micro_usd?: number
  profile_status?: 'ERROR' | 'INACTIVE'
}

/** What becomes of the requests it matches. */
export interface Scenario {
  readonly id: string
  readonly match: Match
  readonly effect: Effect
  times: number
  seen: number
}

interface Asked {
  readonly operation: Operation | 'addProfile'
  readonly account: string
  readonly prompt: string
  readonly clientRequestId: string | null
}

/** The effect on this request; the scenario added last wins. */
export function effectOn(scenarios: readonly Scenario[], asked: Asked): Effect {
  for (const scenario of scenarios.toReversed()) {
    const { match } = scenario
    if (scenario.times === 0) continue
    if (match.operation !== undefined && match.operation !== asked.operation) continue
    if (match.account !== undefined && match.account !== asked.account) continue
    if (match.prompt !== undefined && !asked.prompt.includes(match.prompt)) continue
    if (match.client_request_id !== undefined && match.client_request_id !== asked.clientRequestId) continue
    scenario.seen += 1
    if (match.nth !== undefined && match.nth !== scenario.seen) continue
    if (match.probability !== undefined && Math.random() >= match.probability) continue
    scenario.times -= 1
    return scenario.effect
  }
  return {}
}
