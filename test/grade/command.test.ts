import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { GradeResult } from '../../src/grade/result.ts'
import { test } from '../cli/cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-grade-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const ASKS = 'curl -fsS "$PHOTA_BASE_URL/profiles/ids" -H "X-API-Key: $PHOTA_API_KEY"'
const BUILT_IN = 'curl -fsS "https://api.photalabs.com/v1/phota/profiles/ids" -H "X-API-Key: $PHOTA_API_KEY"'
const IN_URL = 'curl -fsS "$PHOTA_BASE_URL/profiles/ids?key=$PHOTA_API_KEY" -H "X-API-Key: $PHOTA_API_KEY"'
const ONLY = ['--only', 'secret.not-in-url']

describe.concurrent('phota-mock grade', () => {
  test('names what is broken, what it costs, how to mend it, and shows the exchange without the key', async ({
    photaMock,
  }) => {
    const report = join(folder, 'broken')
    const run = photaMock(['grade', ...ONLY, '--report', report, '--', 'sh', '-c', IN_URL])
    expect(await run.exited).toBe(1)
    expect(run.stdout).toContain('✗ secret.not-in-url  Neither the key nor the webhook secret stands in a URL.')
    expect(run.stdout).toMatch(/costs +URLs are kept in logs, histories and by proxies\./)
    expect(run.stdout).toMatch(/mend +Send the key in `X-API-Key`/)
    expect(run.stdout).toMatch(/exchange +GET http:\/\/127\.0\.0\.1:\d+\/v1\/phota\/profiles\/ids\?key=<key>/)
    expect(run.stdout).toContain('1 of 23 habits is broken: secret.not-in-url.')
    expect((await readdir(report)).sort()).toEqual(['junit.xml', 'report.html', 'result.json'])
    for (const name of await readdir(report)) {
      expect(await readFile(join(report, name), 'utf8')).not.toMatch(/test-key-[0-9a-f]{8}|undefined/)
    }
  })

  test('answers for the real API, for a program that has its address built in', async ({ photaMock }) => {
    const run = photaMock(['grade', ...ONLY, '--json', '--', 'sh', '-c', BUILT_IN])
    expect(await run.exited, run.stderr).toBe(0)
    const { rounds, exchanges } = JSON.parse(run.stdout) as GradeResult
    expect(rounds).toMatchObject([{ id: 'ordinary', ending: 'done', exchanges: 1 }])
    expect(exchanges).toHaveLength(1)
  })

  test('says so if the program does not work where nothing goes wrong, with its words', async ({ photaMock }) => {
    const run = photaMock(['grade', ...ONLY, '--', 'sh', '-c', 'echo the printer is on fire >&2; exit 3'])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toContain('It does not work where nothing goes wrong (exit code 3), and said:')
    expect(run.stderr).toContain('the printer is on fire')
    expect(run.stdout).toContain('Could not judge: the client does not work even where nothing goes wrong')
  })

  test('says so if there is no such program', async ({ photaMock }) => {
    const run = photaMock(['grade', ...ONLY, '--', 'no-such-program'])
    expect(await run.exited).toBe(2)
    expect(run.stdout).toContain('no-such-program could not be started')
  })

  test('a habit that is known to be broken does not break the run', async ({ photaMock }) => {
    const known = join(folder, 'known.txt')
    await writeFile(known, 'secret.not-in-url # next month\n')
    const run = photaMock(['grade', ...ONLY, '--expected-failures', known, '--', 'sh', '-c', IN_URL])
    expect(await run.exited).toBe(0)
    expect(run.stdout).toContain('(known to fail)')
    const mended = photaMock(['grade', ...ONLY, '--expected-failures', known, '--', 'sh', '-c', ASKS])
    expect(await mended.exited).toBe(2)
    expect(mended.stdout).toContain('secret.not-in-url is listed as an expected failure, and holds')
  })

  test('a client that never asks the server is not graded', async ({ photaMock }) => {
    const run = photaMock(['grade', '--', 'true'])
    expect(await run.exited).toBe(2)
    expect(run.stdout).toContain('no request came: the client is to find the API in PHOTA_BASE_URL')
  })

  test('--list shows every habit and round', async ({ photaMock }) => {
    const run = photaMock(['grade', '--list'])
    expect(await run.exited).toBe(0)
    expect(run.stdout).toMatch(/poll\.ends +Polls until the job has ended/)
    expect(run.stdout).toMatch(/twenty-minutes +a job takes 20 minutes/)
  })

  test.for([
    [[], 'which client? Give its command after --. Example: phota-mock grade -- python3 client.py'],
    [['--only', 'poll.paces', '--', 'true'], '--only: there is no habit "poll.paces". There are: poll.ends'],
    [['--expected-failures', '/no/such', '--', 'true'], '--expected-failures /no/such could not be read'],
    [['--receiver', '4010', '--', 'true'], '--receiver '],
  ] as const)('%j is refused with a sentence', async ([args, message], { photaMock, expect }) => {
    const run = photaMock(['grade', ...args])
    expect(await run.exited).toBe(2)
    expect(run.stderr).toContain(`phota-mock grade: ${message}`)
    expect(run.stdout).toBe('')
  })
})
