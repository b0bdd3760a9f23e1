import type { ExchangeRecord } from '../../../report/exchange-record.ts'
import type { RuleNeed } from '../../../spec/index.ts'
import { criterion } from '../../criteria.ts'
import type { Breach, Check } from '../../verdict.ts'
import type { RuleResult, VerifyResult } from '../result.ts'
import { Jobs, jobOf } from './jobs.ts'
import { NoReplay, type Request, requestOf } from './request.ts'

/** One request of a script. */
export interface Step extends Omit<Request, 'about' | 'pollUrlOf'> {
  readonly exchange: ExchangeRecord
  /** The job that must be running or ended before the request is sent; `null` if nothing is waited for. */
  readonly waitsFor: { readonly submit: number; readonly until: 'running' | 'ended' } | null
  /** A later step is about the job that it makes, or about its `poll_url`. */
  readonly captures: { readonly jobId: boolean; readonly pollUrl: boolean }
  readonly checks: readonly { readonly breach: Breach; readonly check: Check }[]
}

/** Requests that show whether the breaches of a rule are still there. */
export interface Replay {
  readonly base: string
  readonly steps: readonly Step[]
  /** Breaches that it cannot show. */
  readonly left: number
}

/** How many breaches one script checks, at most. */
const MOST_BREACHES = 10

/** The requests that show a rule's breaches again; a text with the reason if requests alone cannot. */
export function replayOf(rule: RuleResult, result: VerifyResult): Replay | string {
  const { base, control } = result.target
  if (base === null) return 'the run never began'
  if (criterion(rule.id).needs.some((need) => need.every((each) => LEVERS.has(each)))) {
    return 'it takes a clock, a ledger, or a receiver of callbacks'
  }
  const jobs = new Jobs(result.exchanges)
  const sent = new Map<number, ExchangeRecord>()
  const checks = new Map<number, { breach: Breach; check: Check }[]>()
  let left = 0
  try {
    for (const [nth, breach] of rule.breaches.entries()) {
      const needed = nth < MOST_BREACHES ? sendable(neededFor(breach, result, jobs), result, jobs) : 'there are many'
      // The first breach is the most serious one: a script that cannot check it is of no use.
      if (nth === 0 && typeof needed === 'string') return needed
      if (typeof needed === 'string') {
        left += 1
        continue
      }
      for (const exchange of needed) sent.set(exchange.id, exchange)
      const number = breach.exchange as number
      checks.set(number, [...(checks.get(number) ?? []), { breach, check: breach.check as Check }])
    }
    const inOrder = [...sent.values()].sort((a, b) => a.id - b.id)
    const requests = inOrder.map((exchange) => ({ exchange, ...requestOf(exchange, { result, jobs, sent }) }))
    if (control !== null && requests.some(({ keys }) => keys.length > 0)) {
      return 'its accounts were made by the control API for that run alone'
    }
    const isCaptured = (id: number): boolean =>
      requests.some(
        ({ exchange, about }) =>
          about?.submit === id || checks.get(exchange.id)?.some(({ check }) => check.kind === 'job' && check.of === id),
      )
    const steps = requests.map(
      ({ exchange, about, download, pollUrlOf, ...request }): Step => ({
        ...request,
        exchange,
        waitsFor: about === null ? null : jobs.waitOf(exchange, about.jobId, about.submit),
        download,
        captures: {
          jobId: isCaptured(exchange.id),
          pollUrl: requests.some((one) => one.pollUrlOf === exchange.id),
        },
        checks: checks.get(exchange.id) ?? [],
      }),
    )
    return { base, steps, left }
  } catch (error) {
    if (error instanceof NoReplay) return error.message
    throw error
  }
}

/** The exchanges; a text if one of them cannot be sent again, so that the other breaches still get their script. */
function sendable(needed: ExchangeRecord[] | string, result: VerifyResult, jobs: Jobs): ExchangeRecord[] | string {
  if (typeof needed === 'string') return needed
  const sent = new Map(needed.map((exchange) => [exchange.id, exchange]))
  try {
    for (const exchange of needed) requestOf(exchange, { result, jobs, sent })
    return needed
  } catch (error) {
    if (error instanceof NoReplay) return error.message
    throw error
  }
}

/** Needs that a script cannot meet. */
const LEVERS: ReadonlySet<RuleNeed> = new Set<RuleNeed>(['clock', 'ledger', 'receiver', 'day'])

/** All exchanges that the one with the breach depends on; a text with the reason if it cannot be reached. */
function neededFor(breach: Breach, { exchanges }: VerifyResult, jobs: Jobs): ExchangeRecord[] | string {
  const { check } = breach
  if (check === null) return 'what is wrong does not show in the status or one pattern of an answer'
  const shown = exchanges.find(({ id }) => id === breach.exchange)
  if (shown === undefined) return 'no exchange shows it'
  const needed = new Set<ExchangeRecord>()
  const first = [shown, ...(check.kind === 'job' ? exchanges.filter(({ id }) => id === check.of) : [])]
  if (check.kind === 'job' && first.length < 2) return 'no exchange shows the other job'
  const waiting = [...first]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.direction === 'received') return 'it shows in a callback, which takes a receiver'
    if (needed.has(next)) continue
    needed.add(next)
    const { submit } = jobs.about(next) ?? jobs.download(next) ?? {}
    const before = jobs.firstWithSameRequestId(next)
    waiting.push(...exchanges.filter(({ id }) => id === submit || id === before))
  }
  if (check.kind === 'job' && jobOf(first[1] as ExchangeRecord) === null) return 'the other request made no job'
  return [...needed]
}
