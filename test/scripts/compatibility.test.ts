import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readResults, tables } from '../../scripts/compatibility-table.ts'
import { cells, SOME } from '../matrix/cells.ts'

test('docs/compatibility.md has a row for each cell, with its last result', async () => {
  const results = new Map(readResults().map((row) => [row.id, row]))
  expect(await readFile('docs/compatibility.md', 'utf8')).toContain(tables(cells, results))
  expect([...results.keys()].filter((id) => !cells.some((cell) => cell.id === id))).toEqual([])
})

test('cells have ids of their own, and CI runs some of them', () => {
  const ids = new Set(cells.map(({ id }) => id))
  expect(ids.size).toBe(cells.length)
  expect([...SOME].filter((id) => !ids.has(id))).toEqual([])
})
