import { createHash } from 'node:crypto'
import { criteria } from '../../src/verify/criteria.ts'
import type { VerifyOptions } from '../../src/verify/settings.ts'
import type { Finding } from '../../src/verify/verdict.ts'
import type { Defect } from './target/defect.ts'
import { defects } from './target/defects.ts'
import { tryDefect } from './try-defect.ts'
import { lawful, lawfulTeams, tryVariant } from './try-variant.ts'

/** A target that the suite is tried on: one that breaks a rule, or one that is lawful in its own way. */
export interface Mutant {
  readonly kind: 'defect' | 'variant'
  readonly id: string
  /** How many of its kind it stands for. */
  readonly count: number
  /** It is tried beside the others, because it waits more than it works. */
  readonly isSlow: boolean
}

/** What the suite said of one, in words. */
export interface Outcome {
  /** Rules that it was named by. */
  readonly named: readonly string[]
  /** What the suite should have said and did not; empty if all is well. */
  readonly wrong: readonly string[]
}

export const mutants: readonly Mutant[] = [
  ...lawful.map(({ id, isSlow }) => ({ kind: 'variant', id, isSlow, count: 1 }) as const),
  ...defects.map(({ id }) => ({ kind: 'defect', id, isSlow: false, count: 1 }) as const),
]

/** The same, in fewer runs: lawful variants in teams. */
export const mutantsInTeams: readonly Mutant[] = [
  ...lawfulTeams.map(
    ({ id, isSlow, members }) => ({ kind: 'variant', id, isSlow, count: Math.max(1, members.length) }) as const,
  ),
  ...mutants.filter(({ kind }) => kind === 'defect'),
]

/** @param seed chooses the fortieth of unrelated rules that is tried of a defect; all if left out */
export async function tryMutant(
  { kind, id }: Pick<Mutant, 'kind' | 'id'>,
  options: Partial<VerifyOptions> = {},
  seed?: number,
): Promise<Outcome> {
  if (kind === 'variant') {
    const one = known([...lawful, ...lawfulTeams], id)
    const wrong = await tryVariant(one, options).then(
      (found) => found.map((finding) => `${finding.verdict}: ${told(finding)}`),
      (error: Error) => [error.message],
    )
    if (wrong.length === 0 || one.members.length < 2) return { named: [], wrong }
    // Which of them it is; if none is wrong alone, it is the whole.
    const alone: string[] = []
    for (const member of one.members) {
      const outcome = await tryMutant({ kind: 'variant', id: member }, options)
      alone.push(...outcome.wrong.map((line) => `${member}: ${line}`))
    }
    return { named: [], wrong: alone.length > 0 ? alone : wrong }
  }
  const defect = known(defects, id)
  const only = seed === undefined ? {} : { only: someRules(defect, seed) }
  const { named, missed, stray } = await tryDefect(defect, { ...options, ...only })
  return {
    named: named.map((finding) => (finding.verdict === 'note' ? `${finding.id} (note)` : finding.id)),
    wrong: [
      ...missed.map((finding) => `missed: ${finding.id} is ${finding.verdict}${because(finding)}`),
      ...stray.map((finding) => `unrelated: ${told(finding)}`),
    ],
  }
}

function someRules({ id, breaks, also = [] }: Defect, seed: number): string[] {
  const isDrawn = (rule: string): boolean =>
    createHash('sha256').update(`${seed} ${id} ${rule}`).digest().readUInt32BE() % 40 === 0
  const all = criteria.map((criterion) => criterion.id)
  // A shape is judged over the exchanges of all rules: left-out ones may be those that show it.
  if (breaks.some((rule) => rule.startsWith('shape.'))) return all
  return all.filter((rule) => breaks.includes(rule) || also.includes(rule) || isDrawn(rule))
}

export function told(finding: Finding): string {
  const [breach] = finding.breaches
  const why = breach === undefined ? because(finding) : `, expected ${breach.expected}, seen ${breach.seen}`
  return `${finding.id}${why}`
}

function because({ reason }: Finding): string {
  return reason === null ? '' : ` because ${reason}`
}

function known<One extends { readonly id: string }>(all: readonly One[], id: string): One {
  const found = all.find((one) => one.id === id)
  if (found === undefined) throw new Error(`there is no ${id}`)
  return found
}
