import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { beginningOf, excerpt } from '../../src/engine/excerpt.ts'
import { keepBody } from '../../src/engine/journal.ts'

const MIB = 1024 * 1024
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heapMib(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / MIB
}

test('a text is kept whole up to the length, else as its beginning and its length', () => {
  expect(excerpt('lighthouse', 10)).toBe('lighthouse')
  expect(excerpt('lighthouses', 10)).toBe('lighthouse… (11 characters)')
  expect(beginningOf('lighthouse', 5)).toBe('light')
})

for (const [what, keep] of [
  ['beginning', (text: string) => beginningOf(text, 100)],
  ['excerpt', (text: string) => excerpt(text, 100)],
  ['kept body', (text: string) => keepBody(text)],
] as const) {
  test(`the ${what} of a long text does not hold on to the text`, () => {
    const before = heapMib()
    const kept = Array.from({ length: 50 }, (_, i) =>
      keep(
        String.fromCharCode(97 + (i % 26))
          .repeat(MIB)
          .concat('!'),
      ),
    )
    expect(heapMib() - before).toBeLessThan(10)
    expect(kept.length).toBe(50)
  })
}
