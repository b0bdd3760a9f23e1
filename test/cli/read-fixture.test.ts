import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFixture } from '../../src/cli/read-fixture.ts'
import { readScenarios } from '../../src/cli/read-scenarios.ts'
import { MisuseError } from '../../src/engine/misuse-error.ts'
import { World } from '../../src/phota/world.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(name: string, text?: string | Buffer): Promise<World> {
  const path = name.includes('.') ? join(folder, name) : name
  if (text !== undefined) await writeFile(path, text)
  const world = new World()
  world.load(await readFixture(path))
  return world
}

test('a file of scenarios may begin with a byte order mark', async () => {
  const file = join(folder, 'scenarios.json')
  await writeFile(file, '\ufeff[{"effect": {"fail": "INTERNAL"}}]')
  expect(await readScenarios(file)).toEqual([{ effect: { fail: 'INTERNAL' } }])
})

describe('a fixture', () => {
  for (const [name, accounts] of [
    ['default', 3],
    ['every-state', 2],
    ['half-trained', 1],
    ['busy-afternoon', 2],
  ] as const) {
    test(`${name} is shipped`, async () => {
      expect((await load(name)).accounts.size).toBe(accounts)
    })
  }

  const WORLD = '{"accounts": [{"id": "carol", "keys": ["key-of-carol"]}]}'
  for (const [name, text] of [
    ['world.json', WORLD],
    ['with-a-mark.json', `\ufeff${WORLD}`],
    ['with-a-mark.yaml', `\ufeff${WORLD}`],
    ['of-powershell.json', Buffer.from(`\ufeff${WORLD}`, 'utf16le')],
    ['plain.mjs', `export default ${WORLD}`],
    ['function.mjs', `export default () => (${WORLD})`],
    ['async.mjs', `export default async () => (${WORLD})`],
  ] as const) {
    test(`may be ${name}`, async () => {
      expect((await load(name, text)).accountByKey('key-of-carol')?.id).toBe('carol')
    })
  }

  for (const [name, text, said] of [
    ['missing.json', undefined, /missing\.json could not be read.*every-state/],
    ['missing.mjs', undefined, /missing\.mjs could not be read.*every-state/],
    ['cut-off.json', '{', /cut-off\.json could not be read/],
    ['empty.json', '', /empty\.json could not be read/],
    ['null.json', 'null', /null\.json: expects an object/],
    ['list.json', '[1]', /list\.json: expects an object/],
    ['nothing.json', '{}', /nothing\.json: expects an object/],
    ['no-default.mjs', 'export const world = {}', /no-default\.mjs: expects an object/],
    ['throws.mjs', 'export default () => { throw new Error("boom") }', /throws\.mjs could not be read: boom/],
  ] as const) {
    test(`that cannot be read is refused in a sentence: ${name}`, async () => {
      const error = await load(name, text).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(MisuseError)
      expect((error as Error).message).toMatch(said)
    })
  }

  for (const [name, text, said] of [
    ['no list', '{"accounts": {}}', /accounts/],
    ['no record', '{"accounts": [null]}', /accounts\[0\]/],
    ['no money', '{"accounts": [{"id": "x", "deposit": "lots"}]}', /accounts\[0\].*"lots"/],
    ['no account', '{"jobs": [{"account": "nobody", "status": "pending"}]}', /jobs\[0\].*'nobody'/],
    ['no effect', '{"scenarios": [{}]}', /scenarios\[0\].*effect/],
    ['no such failure', '{"scenarios": [{"effect": {"fail": "NOPE"}}]}', /scenarios\[0\].*"NOPE"/],
    ['keys that are no list', '{"accounts": [{"id": "x", "keys": "k"}]}', /accounts\[0\].*keys/],
    [
      'a key that is taken',
      '{"accounts": [{"id": "x", "keys": ["k"]}, {"id": "y", "keys": ["k"]}]}',
      /accounts\[1\].*'k'/,
    ],
    [
      'no such status of a job',
      '{"accounts": [{"id": "x", "deposit": "5"}], "jobs": [{"account": "x", "status": "done"}]}',
      /jobs\[0\].*done/,
    ],
    [
      'no such status of a profile',
      '{"accounts": [{"id": "x"}], "profiles": [{"account": "x", "status": "done"}]}',
      /profiles\[0\].*done/,
    ],
    [
      'a job id that the API would never answer',
      '{"accounts": [{"id": "x", "deposit": "5"}], "jobs": [{"account": "x", "status": "pending", "job_id": "a/b"}]}',
      /jobs\[0\].*a\/b/,
    ],
    [
      'nobody to pay',
      '{"accounts": [{"id": "x"}], "jobs": [{"account": "x", "status": "pending"}]}',
      /jobs\[0\].*needs \$0\.09/,
    ],
  ] as const) {
    test(`that no World could hold is refused in a sentence that names the record: ${name}`, async () => {
      const error = await load(`${name}.json`, text).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(MisuseError)
      expect((error as Error).message).toMatch(said)
    })
  }
})
