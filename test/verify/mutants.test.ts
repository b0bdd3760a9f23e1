import { describe, expect, test, vi } from 'vitest'
import { defects } from './target/defects.ts'
import { tryDefect } from './try-defect.ts'

vi.setConfig({ testTimeout: 90_000 })

/** What a person needs to see if it goes wrong. */
const told = (findings: Awaited<ReturnType<typeof tryDefect>>['missed']): unknown =>
  findings.map(({ id, verdict, reason, breaches }) => ({ id, verdict, reason, breaches }))

describe.concurrent('The suite names each defect by the rule it breaks, and by no unrelated one', () => {
  test.each(defects.map((defect) => [defect.id, defect] as const))('%s', async (_, defect) => {
    const { missed, stray } = await tryDefect(defect)
    expect(told(missed)).toEqual([])
    expect(told(stray)).toEqual([])
  })
})
