import type { Verdict } from '../report/verdict.ts'
import type { Case } from './case.ts'
import { criterion } from './criteria.ts'
import { type Exchange, recordOf } from './http/exchange.ts'
import { sayWhy } from './scene.ts'
import type { Session } from './session.ts'
import { Deferred } from './ticket.ts'
import { Trial } from './trial.ts'
import { type Breach, CannotJudge, type Finding, NotTried } from './verdict.ts'

/** Tries one rule. Never throws: what goes wrong is an `error`. */
export async function judge(one: Case, session: Session): Promise<Finding> {
  const begun = performance.now()
  const trial = new Trial(criterion(one.id).source, one.over)
  session.leaveMissing(trial)
  const { verdict, reason } = await decide(one, session, trial)
  return {
    id: one.id,
    verdict,
    reason: reason === null ? null : session.target.redactor.text(reason),
    breaches: shownBreaches(trial).map((breach) => ({
      ...breach,
      expected: session.target.redactor.text(breach.expected),
      seen: session.target.redactor.text(breach.seen),
    })),
    tried: verdict === 'skipped' ? [] : trial.tried,
    exchanges: shownExchanges(trial).map((exchange) => recordOf(exchange, session.target.redactor)),
    durationMs: Math.round(performance.now() - begun),
  }
}

interface Decision {
  readonly verdict: Verdict
  readonly reason: string | null
}

async function decide(one: Case, session: Session, trial: Trial): Promise<Decision> {
  const { needs } = criterion(one.id)
  const lacking = needs.flatMap((need) => {
    const lacks = need.map((each) => session.lacks(each))
    return lacks.includes(null) ? [] : [lacks.join(', or ')]
  })
  if (lacking.length > 0) return { verdict: 'skipped', reason: `it needs ${lacking.join(', and ')}` }
  const ending = await play(one, session, trial)
  // What is broken is broken, however the case ended.
  if (trial.breaches.some(isBroken)) return { verdict: 'failed', reason: null }
  if (ending !== null) return ending
  if (trial.looks === 0) return { verdict: 'error', reason: 'nothing could be looked at' }
  if (trial.breaches.length > 0) return { verdict: 'note', reason: null }
  return { verdict: trial.tried.some(({ missing }) => missing.length > 0) ? 'partial' : 'passed', reason: null }
}

/** Of a choice, nothing is broken. */
function isBroken({ source }: Breach): boolean {
  return source !== 'choice'
}

/** Of one rule; nobody reads more, and a target can bring about any number. */
const MOST_BREACHES = 50
const MOST_EXCHANGES = 200

/** The gravest first. */
function shownBreaches({ breaches }: Trial): Breach[] {
  return breaches.toSorted((a, b) => Number(isBroken(b)) - Number(isBroken(a))).slice(0, MOST_BREACHES)
}

/** Those that show a breach, and the first and the last of the others. */
function shownExchanges(trial: Trial): Exchange[] {
  const all = [...trial.exchanges].sort((a, b) => a.id - b.id)
  if (all.length <= MOST_EXCHANGES) return all
  const telling = new Set(shownBreaches(trial).map(({ exchange }) => exchange))
  const half = MOST_EXCHANGES / 2
  return all.filter(({ id }, nth) => telling.has(id) || nth < half || nth >= all.length - half)
}

/** @returns why it did not come to its end; `null` if it did */
async function play(one: Case, session: Session, trial: Trial): Promise<Decision | null> {
  try {
    session.deadline.signal.throwIfAborted()
    const run = one.run({
      trial,
      session,
      scene: (options) => session.scene(trial, options),
      story: (plan) => session.stories.story(plan, trial),
      opening: (plan) => session.stories.opening(plan, trial),
    })
    await session.deadline.race(run)
    return null
  } catch (error) {
    if (error instanceof Deferred) {
      session.deferred.push(error)
      return { verdict: 'skipped', reason: error.message }
    }
    if (error instanceof NotTried) return { verdict: 'skipped', reason: error.message }
    if (error instanceof CannotJudge) return { verdict: 'error', reason: error.message }
    const refusedByControl = sayWhy(error)
    if (refusedByControl !== null) return { verdict: 'error', reason: refusedByControl }
    return { verdict: 'error', reason: `the suite itself failed: ${(error as Error).message}` }
  }
}
