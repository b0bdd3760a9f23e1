import type { Edition } from './edition.ts'
import { type Judged, VERDICTS, type Verdict } from './verdict.ts'

/** What all items together come to. */
export interface Outcome {
  /** 0 nothing broken, 1 something broken, 2 could not judge. */
  readonly exitCode: 0 | 1 | 2
  /** The same in one sentence. */
  readonly summary: string
  readonly counts: Readonly<Record<Verdict, number>>
  /** What kept the run from judging, other than the items' own errors. */
  readonly problems: readonly string[]
}

/** The reason of an item that was not to be tried. */
export const LEFT_OUT = 'it was left out by --only or --skip'

/** @param given what kept the run from judging */
export function outcomeOf<Item extends Judged>(
  items: readonly Item[],
  given: readonly string[],
  edition: Edition<Item>,
): Outcome {
  const problems = [...given, ...surprises(items)]
  const counts = countsOf(items)
  return {
    exitCode: exitCodeOf(items, problems),
    summary: summaryOf(items, { counts, problems, edition }),
    counts,
    problems,
  }
}

function surprises(items: readonly Judged[]): string[] {
  return items.flatMap((item) => {
    const surprise = surpriseOf(item)
    return surprise === null ? [] : [`${item.id} ${surprise}`]
  })
}

/** What is wrong with its entry in the list of expected failures; `null` if nothing is. */
export function surpriseOf({ expectedToFail, verdict }: Pick<Judged, 'expectedToFail' | 'verdict'>): string | null {
  if (!expectedToFail) return null
  switch (verdict) {
    case 'passed':
    case 'partial':
      return 'is listed as an expected failure, and holds: take it off the list'
    case 'note':
      return 'is listed as an expected failure, and is not failed any more: take it off the list'
    // Nothing is known of what was not tried.
    case 'skipped':
    case 'error':
    case 'failed':
      return null
    default:
      return verdict satisfies never
  }
}

function exitCodeOf(items: readonly Judged[], problems: readonly string[]): 0 | 1 | 2 {
  if (items.some(({ verdict, expectedToFail }) => verdict === 'failed' && !expectedToFail)) return 1
  return problems.length > 0 || items.some(({ verdict }) => verdict === 'error') ? 2 : 0
}

function countsOf(items: readonly Judged[]): Record<Verdict, number> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  for (const { verdict } of items) counts[verdict] += 1
  return counts
}

function summaryOf<Item extends Judged>(
  items: readonly Item[],
  { counts, problems, edition }: Pick<Outcome, 'counts' | 'problems'> & { readonly edition: Edition<Item> },
): string {
  const all = `${items.length} ${edition.items}`
  const failed = items.filter(({ verdict, expectedToFail }) => verdict === 'failed' && !expectedToFail)
  const known = counts.failed - failed.length
  if (failed.length > 0) {
    const more = known > 0 ? `; ${known} more ${known === 1 ? 'is' : 'are'} known to fail` : ''
    return (
      `${failed.length} of ${all} ${failed.length === 1 ? 'is' : 'are'} broken: ` +
      `${failed.map(({ id }) => id).join(', ')}${more}.`
    )
  }
  const [problem] = problems
  if (problem !== undefined) return `Could not judge: ${problem}.`
  if (counts.error > 0)
    return `Nothing ${known > 0 ? 'new ' : ''}was found broken, but ${counts.error} of ${all} could not be judged.`
  const but = known > 0 ? ` but for ${known} known to fail` : ''
  const were = (count: number): string => `${count} ${count === 1 ? 'was' : 'were'}`
  const parts = [
    `${counts.passed + counts.partial} of ${all} hold`,
    ...(counts.partial > 0 ? [`${counts.partial} of them only in part`] : []),
    ...(counts.note > 0
      ? [`${counts.note} ${counts.note === 1 ? 'differs' : 'differ'} where the API leaves it open`]
      : []),
    ...(counts.skipped > 0 ? [`${were(counts.skipped)} ${edition.notTried}`] : []),
  ]
  return `Nothing is broken${but}: ${parts.join(', ')}.`
}
