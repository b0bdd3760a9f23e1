import { expect, test } from 'vitest'
import { formatUsd } from '../../src/engine/money.ts'
import { dollars } from '../../src/text/dollars.ts'

test.each([
  [0, '$0.00'],
  [1, '$0.000001'],
  [-1, '-$0.000001'],
  [90_000, '$0.09'],
  [1_234_500_000, '$1,234.50'],
  [-1_234_567_890, '-$1,234.56789'],
])('%i micro-dollars are %s, on the page, in the terminal and in messages of the API', (microUsd, text) => {
  expect(dollars(microUsd)).toBe(text)
  expect(formatUsd(microUsd)).toBe(text)
})
