import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { test } from '../cli/cli.ts'
import { harOf } from './histories/draft.ts'
import { Edit, impossible } from './histories/impossible.ts'
import { ALICE, BOB, lawful, SECRETS } from './histories/lawful.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-explain-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function har(name: string, edited?: (history: Edit) => void): Promise<string> {
  const drafts = lawful()
  edited?.(new Edit(drafts))
  const file = join(folder, name)
  await writeFile(file, JSON.stringify(harOf(drafts)))
  return file
}

test('nothing impossible is exit code 0, something is 1, and nothing to judge is 2', async ({ photaMock }) => {
  const steps = impossible.find(({ name }) => name === 'an ended job runs again')
  const other = join(folder, 'other.har')
  await writeFile(other, JSON.stringify({ log: { entries: [] } }))
  const cut = join(folder, 'cut.har')
  await writeFile(cut, (await readFile(await har('whole.har'), 'utf8')).slice(0, 500))
  const broken = await har('broken.har', (history) => steps?.edit(history))
  const runs = [await har('lawful.har'), broken, other, cut].map((file) => photaMock(['explain', file]))
  expect(await Promise.all(runs.map(({ exited }) => exited))).toEqual([0, 1, 2, 2])
  expect(runs[0]?.stdout).toContain('Nothing in 30 exchanges is impossible; 0 odd, ')
  expect(runs[1]?.stdout).toContain('✗ poll.monotonic  exchange 12, after 11\n')
  expect(runs[2]?.stdout).toContain('none of 0 exchanges is with the API')
  expect(runs[3]?.stderr).toBe(
    `phota-mock explain: ${cut} cannot be judged: its JSON ends in the middle: the recording was cut off\n`,
  )
})

test('the reports agree, and no key, secret or token is in any', async ({ photaMock }) => {
  const seen = impossible.find(({ rule }) => rule === 'callback.signature')
  const file = await har('secrets.har', (history) => seen?.edit(history))
  const report = join(folder, 'report')
  const run = photaMock(['explain', file, '--json', '--report', report, '--secret', 'a-secret-of-mine'])
  expect(await run.exited).toBe(1)
  const result = JSON.parse(run.stdout)
  expect(result.first).toMatchObject({ rule: 'callback.signature', kind: 'impossible' })
  expect((await readdir(report)).toSorted()).toEqual(['junit.xml', 'report.html', 'result.json'])
  const written = await Promise.all((await readdir(report)).map((name) => readFile(join(report, name), 'utf8')))
  expect(JSON.parse(written.find((text) => text.startsWith('{')) ?? '')).toEqual(result)
  expect(written.find((text) => text.startsWith('<?xml'))).toContain('failures="1" errors="0"')
  for (const text of [run.stdout, ...written]) {
    for (const secret of [ALICE, BOB, SECRETS[ALICE], SECRETS[BOB], 'a-secret-of-mine', 'token=t10']) {
      expect(text).not.toContain(secret)
    }
  }
})
