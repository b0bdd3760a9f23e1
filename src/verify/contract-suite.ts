import { afterAll, beforeAll, describe, test } from 'vitest'
import { surpriseOf } from '../report/outcome.ts'
import { criterion } from './criteria.ts'
import { runCases, wantedCases } from './run-cases.ts'
import { Session } from './session.ts'
import { resolveOptions, type Settings, type VerifyOptions } from './settings.ts'
import type { Finding } from './verdict.ts'

/** The suite waits as long as it is told to, which is not the test runner's to judge. */
const NEVER_MS = 2 ** 31 - 1

/**
 * The contract as tests of your own vitest: one for each rule, named by its id.
 *
 * A rule that cannot be tried is skipped with its reason; a note passes. Rules are tried `concurrency` at a time, from
 * the first test on, whatever vitest runs at once; each test waits for its own.
 *
 * @throws {UsageProblem} for options that cannot be
 */
export function contractSuite(options: VerifyOptions): void {
  const settings = resolveOptions(options)
  const wanted = wantedCases(settings)
  const findings = new Map(wanted.map(({ id }) => [id, Promise.withResolvers<Finding>()]))
  let session: Session | undefined
  let running: Promise<unknown> | undefined

  describe(`the contract, held by ${settings.url.href}`, () => {
    beforeAll(async () => {
      session = await Session.open(settings)
      running = runCases(session, (finding) => findings.get(finding.id)?.resolve(finding))
      // A bug of ours ends the tests that still wait; it is never left unheard.
      running.catch((error: unknown) => {
        for (const { promise, reject } of findings.values()) {
          promise.catch(() => undefined)
          reject(error)
        }
      })
    }, NEVER_MS)
    afterAll(async () => {
      await running?.catch(() => undefined)
      await session?.close()
    }, NEVER_MS)
    for (const { id } of wanted) {
      test(`${id}: ${criterion(id).text}`, { timeout: NEVER_MS }, async ({ skip }) => {
        const finding = await findings.get(id)?.promise
        if (finding) report(finding, settings, skip)
      })
    }
  })
}

/** Reports a finding to vitest: passes, fails or skips the test. */
function report(finding: Finding, { expectedFailures }: Settings, skip: (reason: string) => void): void {
  const isExpected = expectedFailures.includes(finding.id)
  const surprise = surpriseOf({ expectedToFail: isExpected, verdict: finding.verdict })
  if (surprise !== null) throw plainError([`it ${surprise}`])
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
    case 'partial':
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
