import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { Refusal } from '../../src/engine/refusal.ts'
import type { ImageRequest } from '../../src/phota/image-request.ts'
import { refuse } from '../../src/phota/refusals.ts'
import type { PhotaEffect } from '../../src/phota/scenario.ts'

/** On how many cases each property is tried. */
export const RUNS: number = process.env['CI'] ? 300 : 200

// A thousand Worlds take longer than one.
vi.setConfig({ testTimeout: 300_000 })

/**
 * Tries a property; a failure names the smallest case found, and the command that repeats it.
 *
 * @param runs on how many cases
 *
 * `PROPERTY_SEED` and `PROPERTY_PATH` choose the cases: those of a failure, or others.
 */
export async function holds<Case>(
  property: fc.IProperty<Case> | fc.IAsyncProperty<Case>,
  runs: number = RUNS,
): Promise<void> {
  const { PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env
  const details = await fc.check(property as fc.IRawProperty<Case>, {
    numRuns: runs,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  })
  if (!details.failed) return
  const { currentTestName = '', testPath = '' } = expect.getState()
  const failure = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)
  const repeat = [
    `PROPERTY_SEED=${details.seed}`,
    ...(details.counterexamplePath === null ? [] : [`PROPERTY_PATH=${details.counterexamplePath}`]),
    `npx vitest run ${testPath.slice(testPath.lastIndexOf('test/properties'))} -t ` +
      `'${currentTestName.replace(/[^\w ,]/g, '.')}'`,
  ]
  throw new Error(`${fc.defaultReportMessage(details)}\n\n${failure}\n\nRepeat it: ${repeat.join(' ')}\n`, {
    cause: details.errorInstance,
  })
}

export const OPERATIONS: readonly ['edit', 'generate', 'enhance', 'remix'] = ['edit', 'generate', 'enhance', 'remix']

/** The plainest work there is, at $0.09. */
export function imageRequest(given: Partial<ImageRequest> = {}): ImageRequest {
  return {
    operation: 'edit',
    prompt: '',
    profileIds: [],
    outputs: 1,
    model: 'nb2',
    quality: 'auto',
    resolution: '1K',
    width: 1024,
    height: 1024,
    format: 'jpg',
    callbackUrl: null,
    clientRequestId: null,
    inputProblem: null,
    ...given,
  }
}

/** A refusal as a client is told of it. */
export interface Refused {
  status: number
  code: string
  detail: string
}

/** What came of a command: its value, or the API's refusal. Any other error goes on. */
export function attempt<Value>(command: () => Value): { value: Value } | { refused: Refused } {
  try {
    return { value: command() }
  } catch (error) {
    if (error instanceof Refusal) {
      const { status, body } = refuse('', error.reason)
      return { refused: { ...(JSON.parse(String(body)) as Omit<Refused, 'status'>), status } }
    }
    throw error
  }
}

/** How the work of a submit goes, told to the World as a scenario of this one submit. */
export interface Course {
  pendingMs: number
  runningMs: number
  end: 'succeeds' | 'fails' | 'bad-input' | 'stuck' | 'stuck-forever'
}

/** The scenario's part of a course; that of `bad-input` stands in the request. */
export function courseEffect({ pendingMs, runningMs, end }: Course): PhotaEffect {
  return {
    pending: pendingMs,
    running: runningMs,
    ...(end === 'fails' && { fail: 'GENERATION_FAILED' }),
    ...(end === 'stuck' && { stuck: 'until-limit' }),
    ...(end === 'stuck-forever' && { stuck: 'forever' }),
  }
}

/** Few distinct durations, so that many things fall due at one instant. */
export const course: fc.Arbitrary<Course> = fc.record({
  pendingMs: fc.constantFrom(0, 1, 500, 1000, 2000),
  runningMs: fc.constantFrom(0, 1, 999, 1000, 16_000, 50_000),
  end: fc.oneof(
    { weight: 4, arbitrary: fc.constant('succeeds' as const) },
    { weight: 3, arbitrary: fc.constantFrom('fails' as const, 'bad-input' as const) },
    { weight: 1, arbitrary: fc.constantFrom('stuck' as const, 'stuck-forever' as const) },
  ),
})

/** Limits short enough that one list of commands gets past all of them. */
export const LIMITS: { syncLimitMs: number; asyncLimitMs: number; retentionMs: number } = {
  syncLimitMs: 30_000,
  asyncLimitMs: 51_000,
  retentionMs: 60_000,
}

/** From nothing to more than any limit, often exactly what something takes. */
export const step: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 499, 500, 999, 1000, 2000, 16_000, 30_000, 50_000, 51_000, 59_999, 60_000),
  fc.integer({ min: 0, max: 70_000 }),
)

/** When work taken on at `nowMs` starts and ends, and whether it succeeds: told again, independently of the engine. */
export function courseOf(
  { pendingMs, runningMs, end }: Course,
  nowMs: number,
  limitMs: number,
): { startsMs: number; endsMs: number; succeeds: boolean } {
  const startsMs = nowMs + pendingMs
  if (end === 'stuck-forever') return { startsMs, endsMs: Number.POSITIVE_INFINITY, succeeds: false }
  const deadlineMs = nowMs + limitMs
  const endsMs = startsMs + runningMs
  if (end === 'stuck' || endsMs > deadlineMs) {
    return { startsMs: Math.min(startsMs, deadlineMs), endsMs: deadlineMs, succeeds: false }
  }
  return { startsMs, endsMs, succeeds: end === 'succeeds' }
}
