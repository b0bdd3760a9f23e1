import fc from 'fast-check'
import { expect, test } from 'vitest'
import { viewEntry } from '../../src/control-api/journal.ts'
import { historyOf } from '../../src/explain/history.ts'
import { judgeHistory } from '../../src/explain/judge.ts'
import { readRecording } from '../../src/explain/read.ts'
import { command, play } from './playing.ts'
import { holds, LIMITS } from './support.ts'

test('whatever our own server answers is never called impossible', async () => {
  const commands = fc.array(command, { minLength: 1, maxLength: 20, size: 'max' })
  let judged = 0
  await holds(
    fc.asyncProperty(fc.string(), commands, async (seed, given) => {
      const { end } = await play(seed, given)
      const lines = end.journal.map((entry) => JSON.stringify(viewEntry(entry)))
      const bytes = new TextEncoder().encode(lines.length === 1 ? (lines[0] as string) : lines.join('\n'))
      if (lines.length === 0) return
      const judge = judgeHistory(historyOf([readRecording(bytes, 0)]), { retentionMs: LIMITS.retentionMs })
      judged += judge.asked
      expect(judge.findings.all.filter(({ kind }) => kind === 'impossible')).toEqual([])
    }),
  )
  expect(judged).toBeGreaterThan(500)
})
