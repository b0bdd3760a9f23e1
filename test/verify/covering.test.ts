import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eachOnce, pairwise } from '../../src/verify/covering.ts'

const dimensions = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,6}$/),
  fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 1, maxLength: 5 }),
  { minKeys: 2, maxKeys: 6 },
)

test('Every two values of two dimensions stand together in a row', () => {
  fc.assert(
    fc.property(dimensions, (all) => {
      const rows = pairwise(all)
      for (const [a, ones] of Object.entries(all)) {
        for (const [b, others] of Object.entries(all)) {
          if (a === b) continue
          for (const one of ones) {
            for (const other of others) expect(rows.some((row) => row[a] === one && row[b] === other)).toBe(true)
          }
        }
      }
    }),
  )
})

test('Every row has a value of each dimension, and the same dimensions give the same rows', () => {
  fc.assert(
    fc.property(dimensions, (all) => {
      const rows = pairwise(all)
      for (const row of rows) for (const [name, values] of Object.entries(all)) expect(values).toContain(row[name])
      expect(pairwise(all)).toEqual(rows)
    }),
  )
})

test('What the shared jobs differ in takes no more rows than its two longest dimensions do', () => {
  const rows = pairwise({ a: ['1', '2', '3', '4'], b: ['1', '2', '3'], c: ['1', '2'], d: ['1', '2'], e: ['1', '2'] })
  expect(rows).toHaveLength(12)
})

test('Each value stands in one of as many rows as the longest dimension has values', () => {
  fc.assert(
    fc.property(dimensions, (all) => {
      const rows = eachOnce(all)
      expect(rows).toHaveLength(Math.max(...Object.values(all).map(({ length }) => length)))
      for (const [name, values] of Object.entries(all)) {
        for (const value of values) expect(rows.some((row) => row[name] === value)).toBe(true)
      }
    }),
  )
})
