import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { phota } from '../../src/phota/api.ts'
import { World } from '../../src/phota/world.ts'
import { checkFolder } from '../../src/storage/check.ts'
import { imageRequest } from '../properties/support.ts'
import { emptyFolder, Kept } from './keeping.ts'

/** A folder with a bit of everything, that no server uses. */
async function filled(): Promise<string> {
  const world = new World({ id: 'default' })
  world.load({
    accounts: [
      { id: 'alice', keys: ['k-alice'], deposit: '50.00' },
      { id: 'bob', keys: ['k-bob'], deposit: '5.00' },
    ],
    profiles: [{ account: 'alice', status: 'QUEUING', added_ago: '30s' }],
    jobs: [{ account: 'alice', status: 'expired' }],
  })
  const root = emptyFolder()
  const kept = Kept.begin(root, world)
  const [alice] = world.accounts.values()
  if (!alice) throw new Error('there is no account')
  const callbackUrl = 'http://127.0.0.1:9/'
  world.submit(alice, imageRequest({ clientRequestId: 'a', callbackUrl }), 'async')
  await kept.drive.advance('1h')
  world.submit(alice, imageRequest({ clientRequestId: 'b' }), 'async')
  world.submit(alice, imageRequest(), 'sync')
  world.profiles.add(alice, { image_urls: ['https://example.com/1.jpg'], training_tier: 'fast', tag: null })
  kept.close()
  return join(root, '0')
}

function change(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'phota-mock.db'))
  const { changes } = database.prepare(sql).run()
  database.close()
  expect(changes).toBeGreaterThan(0)
}

describe('phota-mock check', () => {
  test('leaves nothing beside the file', async () => {
    const folder = await filled()
    const before = readdirSync(folder)
    checkFolder(folder, phota)
    expect(readdirSync(folder)).toEqual(before)
  })

  test('finds nothing wrong with what was never damaged, and counts it', async () => {
    expect(checkFolder(await filled(), phota)).toEqual({
      worlds: [
        {
          id: 'default',
          now: '2026-06-22T13:00:00Z',
          accounts: 2,
          jobs: 3,
          expired: 1,
          callbacks: 1,
          problem: null,
        },
      ],
      problems: [],
    })
  })

  const edit = (table: string, from: string, to: string): string =>
    `UPDATE ${table} SET data = replace(data, '${from}', '${to}') WHERE data LIKE '%${from}%'`
  test.for([
    [
      'money that does not add up',
      edit('accounts', '"deposited":50000000', '"deposited":50000001'),
      /deposited expects/,
    ],
    ['an amount that was changed', edit('entries', '"reservation",90000', '"reservation",90001'), /expects/],
    ['an entry that is missing', "DELETE FROM entries WHERE data LIKE '%deposit%'", /expects/],
    ['a job that is missing', 'DELETE FROM jobs WHERE data LIKE \'%"pending"%\'', /reserved expects/],
    ['an idempotency key that two jobs have', edit('jobs', '"b"', '"a"'), /idempotencyKey expects/],
    ['a status that there is not', edit('jobs', '"pending"', '"sleeping"'), /status expects/],
    ['a job of nobody', edit('jobs', '"alice"', '"zoe"'), /account expects/],
    ['a key that two accounts have', edit('accounts', 'k-bob', 'k-alice'), /keys.0 expects/],
    ['a callback of no job', edit('deliveries', '"jobId":"', '"jobId":"f'), /jobId expects/],
    [
      'an id that was issued twice',
      "UPDATE expired SET data = json_array('alice', (SELECT data ->> 0 FROM jobs))",
      /expired.0.ids.0 expects/,
    ],
    [
      'a training without its money',
      "UPDATE owned SET data = json_set(data, '$.reservation', 1) WHERE data ->> 'reservation' > 0",
      /reservation expects/,
    ],
    ['a clock that went back', edit('states', '"nowMs":1782133200000', '"nowMs":1782129600001'), /expects/],
    ['a number that is given out twice', edit('states', '"dueSeq":', '"dueSeq":0,"x":'), /expects|dueSeq/],
    ['a detail that is missing', 'DELETE FROM details', /detail is missing/],
    ['a row that is no JSON', "UPDATE jobs SET data = '[' WHERE key = (SELECT max(key) FROM jobs)", /is no JSON/],
  ])('finds %s', async ([, sql, problem], { expect }) => {
    const folder = await filled()
    change(folder, sql as string)
    const { worlds } = checkFolder(folder, phota)
    expect(worlds).toEqual([expect.objectContaining({ problem: expect.stringMatching(problem as RegExp) })])
  })

  test('finds rows of a World that is not there', async () => {
    const folder = await filled()
    change(folder, 'INSERT INTO jobs (key, data) VALUES (9 * 8589934592, 0)')
    expect(checkFolder(folder, phota).problems).toEqual(['jobs has rows of a World that is not there'])
  })

  test('finds a key that two Worlds have', async () => {
    const folder = await filled()
    change(folder, "INSERT INTO worlds SELECT 2, 'other', api, options, beginning FROM worlds")
    change(folder, 'INSERT INTO states SELECT 2, data FROM states')
    for (const table of ['accounts', 'entries', 'jobs', 'deliveries', 'owned', 'expired', 'details'])
      change(folder, `INSERT INTO ${table} SELECT key + 8589934592, data FROM ${table}`)
    expect(checkFolder(folder, phota).problems).toEqual([
      "the key 'k-alice' is of two Worlds, 'default' and 'other'",
      "the key 'k-bob' is of two Worlds, 'default' and 'other'",
    ])
  })
})
