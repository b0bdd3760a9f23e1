import { afterAll, beforeAll, describe, type RunnerTestSuite, test } from 'vitest'
import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { criterion } from './criteria.ts'
import { judge } from './judge.ts'
import { costOf } from './plan.ts'
import { inTwoParts } from './run-cases.ts'
import { endOf, type RunEnd } from './run-end.ts'
import { Session } from './session.ts'
import { type Settings, settle, type VerifyOptions } from './settings.ts'
import type { Resumed } from './ticket.ts'
import type { Finding } from './verdict.ts'

declare module 'vitest' {
  interface TaskMeta {
    photaFinding?: Finding
    photaRun?: RunEnd
  }
}

/** The suite waits as long as it is told to, which is not the test runner's to judge. */
const NEVER_MS = 2 ** 31 - 1

/**
 * The contract as tests of your own vitest: one for each rule, named by its id.
 *
 * A rule that cannot be tried is skipped with its reason; a note passes. The tests of one suite run concurrently, as many
 * at a time as vitest's `maxConcurrency` allows.
 *
 * @throws {UsageProblem} for options that cannot be
 */
export function contractSuite(options: VerifyOptions): void {
  defineSuite(settle(options), null)
}

/** @param resumed what a ticket hands on */
export function defineSuite(settings: Settings, resumed: Resumed | null): void {
  let session: Session | undefined
  // What hooks are given differs between versions of vitest; what a test is given does not.
  let whole: RunnerTestSuite | undefined
  const wanted = cases.filter(({ id }) => settings.isWanted(id))
  const [first, last] = inTwoParts(wanted)
  // With money at stake, the cheapest go first.
  const inOrder = settings.maxSpend === null ? first : first.toSorted((a, b) => costOf(a) - costOf(b))

  const define = (one: Case): void => {
    test(`${one.id}: ${criterion(one.id).text}`, { timeout: NEVER_MS }, async ({ task, skip }) => {
      const finding = await judge(one, session as Session)
      task.meta.photaFinding = finding
      whole = task.suite?.suite
      tell(finding, settings, skip)
    })
  }

  describe(`the contract, held by ${settings.url.href}`, () => {
    beforeAll(async () => {
      session = await Session.open(settings, resumed)
    }, NEVER_MS)
    afterAll(async () => {
      if (!session) return
      await session.close()
      if (whole) whole.meta.photaRun = endOf(session)
    }, NEVER_MS)
    // vitest takes an empty group for a mistake.
    if (inOrder.length > 0) describe.concurrent('rules', () => inOrder.forEach(define))
    if (last.length > 0) describe.concurrent('shapes', () => last.forEach(define))
  })
}

/** Tells the test runner in its own words. */
function tell(finding: Finding, { expectedFailures }: Settings, skip: (reason: string) => void): void {
  const isExpected = expectedFailures.includes(finding.id)
  switch (finding.verdict) {
    case 'skipped':
      skip(finding.reason ?? '')
      return
    case 'failed':
      if (!isExpected)
        throw plainError(finding.breaches.map(({ expected, seen }) => `expected ${expected}; seen: ${seen}`))
      return
    case 'error':
      throw plainError([`could not be judged: ${finding.reason}`])
    case 'passed':
      if (isExpected) throw plainError(['it is listed as an expected failure, and holds: take it off the list'])
      return
    case 'note':
      return
    default:
      finding.verdict satisfies never
  }
}

/** Where in the suite it was thrown is of no use to anybody. */
function plainError(lines: readonly string[]): Error {
  const error = new Error(lines.join('\n'))
  error.stack = `${error.name}: ${error.message}`
  return error
}
