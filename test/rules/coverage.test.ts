import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { CHAPTERS, rules } from '../../src/spec/rules.ts'

const sources = await Promise.all(
  (await readdir(import.meta.dirname))
    .filter((name) => name !== 'coverage.test.ts')
    .map((name) => readFile(`${import.meta.dirname}/${name}`, 'utf8')),
)
const named = new Set(
  sources.flatMap((source) => Array.from(source.matchAll(/\(([a-z]+\.[a-z0-9-]+)\)[`']/g), ([, id]) => id as string)),
)

test('every rule is named by a test that runs behind both doors', () => {
  expect(rules.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([])
})

test('every rule that a test names exists', () => {
  expect([...named].filter((id) => !rules.some((rule) => rule.id === id))).toEqual([])
})

test('rule ids are distinct, and each belongs to a chapter', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
  for (const { id } of rules) expect(Object.keys(CHAPTERS)).toContain(id.split('.')[0])
})
