import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allPrintable, jsonText, printable } from '../../src/text/printable.ts'

const UNSAFE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u

test.for<[given: string, want: string]>([
  ['plain – text ✓', 'plain – text ✓'],
  ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
  ['two\nlines\r\nand three', 'two⏎lines⏎and three'],
  ['over\rwritten', 'over\\x0dwritten'],
  ['\u009b31m', '\\x9b31m'],
  ['a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  ['half \ud83d', 'half \\ud83d'],
  ['whole 😀', 'whole 😀'],
])('%j is printed as %j', ([given, want]) => {
  expect(printable(given)).toBe(want)
})

const nasty = fc.string({ unit: 'binary' })

test('Nothing that could move a cursor is left of any text', () => {
  fc.assert(fc.property(nasty, (text) => !UNSAFE.test(printable(text))))
})

test('JSON that is printed has none of it either, and says the same', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const json = jsonText({ text })
      expect(json.replaceAll('\n', '')).not.toMatch(UNSAFE)
      expect(JSON.parse(json)).toEqual({ text })
    }),
  )
})

test('All strings of a value are made printable, names too', () => {
  expect(allPrintable({ 'a\u001b': ['b\u001b', { c: 'd\u001b', e: null, f: 1 }] })).toEqual({
    'a\\x1b': ['b\\x1b', { c: 'd\\x1b', e: null, f: 1 }],
  })
})
