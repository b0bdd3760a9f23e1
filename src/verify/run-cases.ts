import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { judge } from './judge.ts'
import { costOf, plansWithoutControl } from './plan.ts'
import type { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { Finding } from './verdict.ts'

/** The cases that the settings ask for, in the order in which they are tried. */
export function wantedCases(settings: Settings): readonly Case[] {
  const wanted = cases.filter(({ id }) => settings.isWanted(id))
  const plans = plansWithoutControl(settings)
  const price = (one: Case): number => costOf(one, plans, settings)
  // If spending is limited, the cheapest rules go first.
  const inOrder = settings.maxSpend === null ? wanted : wanted.toSorted((a, b) => price(a) - price(b))
  const [first, last] = inTwoParts(inOrder)
  return [...first, ...last]
}

/**
 * Tries all cases that the settings ask for, `concurrency` at a time. This is the only scheduler: the command,
 * `contractSuite` and our own tests all use it.
 *
 * The shapes come last and one after the other, because they judge what all other cases have exchanged.
 */
export async function runCases(
  session: Session,
  found: (finding: Finding) => void = () => undefined,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const [first, last] = inTwoParts(wantedCases(session.settings))
  const work = async (waiting: Iterator<Case>): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const finding = await judge(next.value, session)
      findings.push(finding)
      found(finding)
    }
  }
  const waiting = first.values()
  await Promise.all(Array.from({ length: session.settings.concurrency }, () => work(waiting)))
  await work(last.values())
  return findings
}

function inTwoParts(wanted: readonly Case[]): [Case[], Case[]] {
  const isLast = ({ id }: Case): boolean => id.startsWith('shape.')
  return [wanted.filter((one) => !isLast(one)), wanted.filter(isLast)]
}
