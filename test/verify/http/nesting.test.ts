import { expect, test } from 'vitest'
import { isTooDeep } from '../../../src/verify/http/nesting.ts'

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

test.each([
  [deep(200), false],
  [deep(201), true],
  [` \n{"a":${deep(200)}}`, true],
  [JSON.stringify(Array.from({ length: 1_000 }, () => [[]])), false],
  [JSON.stringify(['['.repeat(1_000)]), false],
  [JSON.stringify([`\\"${'['.repeat(1_000)}`, '\\', 1]), false],
  [`["\\\\",${deep(200)}]`, true],
  ['["unclosed', false],
  ['no JSON', false],
  ['', false],
])('whether JSON is nested deeper than 200 levels: %.20s… %s', (text, isDeep) => {
  expect(isTooDeep(new TextEncoder().encode(text))).toBe(isDeep)
})
