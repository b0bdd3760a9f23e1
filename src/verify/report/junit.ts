import { junitReport as junitOf } from '../../report/junit.ts'
import { edition } from './edition.ts'
import type { VerifyResult } from './result.ts'

/** `junit.xml` of a run. */
export function junitReport({ rules, startedAt, durationMs }: VerifyResult): string {
  return junitOf({ items: rules, startedAt, durationMs }, edition)
}
