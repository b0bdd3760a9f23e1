import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { judge } from './judge.ts'
import type { Session } from './session.ts'
import type { Finding } from './verdict.ts'

/** Those that look at what the others have seen come last. */
export function inTwoParts(wanted: readonly Case[]): [Case[], Case[]] {
  const isLast = ({ id }: Case): boolean => id.startsWith('shape.')
  return [wanted.filter((one) => !isLast(one)), wanted.filter(isLast)]
}

/** Tries all that is wanted, without any test runner. */
export async function runCases(
  session: Session,
  found: (finding: Finding) => void = () => undefined,
): Promise<Finding[]> {
  const { isWanted, concurrency } = session.settings
  const findings: Finding[] = []
  for (const part of inTwoParts(cases.filter(({ id }) => isWanted(id)))) {
    const waiting = part.values()
    const work = async (): Promise<void> => {
      for (const one of waiting) {
        const finding = await judge(one, session)
        findings.push(finding)
        found(finding)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, work))
  }
  return findings
}
