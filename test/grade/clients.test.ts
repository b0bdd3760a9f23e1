import { spawnSync } from 'node:child_process'
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { HABITS } from './clients/client.ts'
import { clients } from './clients/index.ts'

test('every habit is broken by a client in Python and by one in TypeScript', () => {
  for (const language of ['python', 'typescript']) {
    const broken = new Set(clients.filter((client) => client.language === language).map(({ habit }) => habit))
    expect(HABITS.filter((habit) => !broken.has(habit))).toEqual([])
  }
})

test('no two clients have one name or one text', () => {
  expect(new Set(clients.map(({ name }) => name)).size).toBe(clients.length)
  expect(new Set(clients.map((client) => client.source())).size).toBe(clients.length)
})

test('what a client changes in the right one stands there exactly once', () => {
  for (const client of clients) expect(() => client.source(), client.name).not.toThrow()
})

test('no client is said to break the habit twice that it breaks once', () => {
  for (const { name, habit, also } of clients) {
    expect(also, name).not.toContain(habit)
    if (habit === null) expect(also, name).toEqual([])
  }
})

test('the clients in TypeScript are erasable: Node can run them', () => {
  for (const client of clients.filter(({ language }) => language === 'typescript')) {
    expect(() => stripTypeScriptTypes(client.source()), client.name).not.toThrow()
  }
})

test('the clients in Python parse', () => {
  const sources = Object.fromEntries(
    clients.filter(({ language }) => language === 'python').map((client) => [client.name, client.source()]),
  )
  const parse = 'import ast, json, sys\nfor name, text in json.load(sys.stdin).items(): ast.parse(text, name)'
  const { status, stderr } = spawnSync('python3', ['-c', parse], { input: JSON.stringify(sources), encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test.for([
  ['bash', ['-n']],
  ['perl', ['-c', '-MJSON::PP']],
] as const)('the clients in %s parse', ([language, flags]) => {
  for (const client of clients.filter((each) => each.language === language)) {
    const { status, stderr } = spawnSync(language, flags, { input: client.source(), encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  }
})
