import type { VerifyOptions } from '../../src/verify/settings.ts'
import type { Finding } from '../../src/verify/verdict.ts'
import { type DialectName, dialects } from './target/dialects.ts'
import { TARGET_KEYS, type TargetOptions } from './target/target.ts'
import { teams, variants } from './target/variants.ts'
import { findings, HASTE, PATIENCE } from './try-defect.ts'

/** A target that keeps the contract in its own way. */
export interface Lawful {
  readonly id: string
  readonly target: TargetOptions
  /** The variants that are on. */
  readonly members: readonly string[]
  /** It has no control API, or differs in what a control API would set. */
  readonly isSeenFromOutside: boolean
  /** A run spends most of its time in waits that no control API shortens, up to some minutes. */
  readonly isSlow: boolean
}

/** The plain target, each variant of it, and each dialect. */
export const lawful: readonly Lawful[] = [
  { id: 'plain', target: {}, members: [], isSeenFromOutside: false, isSlow: false },
  ...variants.map(({ id, options = {} }) => {
    const isSeenFromOutside = options.control === false || options.pendingMs !== undefined
    return {
      id,
      target: { variant: id },
      members: [id],
      isSeenFromOutside,
      isSlow: isSeenFromOutside,
    }
  }),
  ...(Object.keys(dialects) as DialectName[]).map((dialect) => ({
    id: dialect,
    target: { dialect },
    members: [],
    isSeenFromOutside: false,
    isSlow: false,
  })),
]

/** Several variants at once, and those that go with no others alone: a third of the runs. */
export const lawfulTeams: readonly Lawful[] = [
  ...teams.map((team, nth) => {
    const members = team.map(({ id }) => id)
    const options = Object.assign({}, ...team.map((one) => one.options ?? {})) as TargetOptions
    const shared = { isSeenFromOutside: false, isSlow: false }
    return { id: `team ${nth + 1}`, target: { ...options, variants: members }, members, ...shared }
  }),
  ...lawful.filter(({ id }) => !teams.some((team) => team.some((one) => one.id === id))),
]

const { alice, bob, broke } = TARGET_KEYS
const RETENTION_MS = 12_000
const FROM_OUTSIDE = {
  control: 'none',
  key: alice,
  otherKey: bob,
  brokeKey: broke,
  retentionMs: RETENTION_MS,
  callbackWaitMs: 2_000,
} as const
/** A job may take half a minute. */
const LONG = { timeoutMs: 90_000, jobTimeoutMs: 90_000 }

/**
 * Runs the whole suite against a lawful target; with more patience, if haste brought a wrong verdict.
 *
 * @returns what it called `failed`, or could not judge; empty as it should be
 */
export async function tryVariant(one: Lawful, options: Partial<VerifyOptions> = {}): Promise<Finding[]> {
  if (one.isSeenFromOutside) {
    const target = { ...phasesOf(one), ...one.target, control: false, retentionMs: RETENTION_MS }
    return wrong(await findings(target, { ...FROM_OUTSIDE, ...LONG, ...options }))
  }
  const hasty = wrong(await findings(one.target, { ...HASTE, ...options }))
  return hasty.length === 0 ? hasty : wrong(await findings(one.target, { ...PATIENCE, ...options }))
}

/** Short ones, where the variant has none of its own. */
function phasesOf({ target }: Lawful): TargetOptions {
  const own = variants.find(({ id }) => id === target.variant)?.options
  return own?.pendingMs === undefined ? { pendingMs: 200, runningMs: 500 } : {}
}

function wrong(found: readonly Finding[]): Finding[] {
  return found.filter(({ verdict }) => verdict === 'failed' || verdict === 'error')
}
