import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { readFixture } from '../../src/cli/read-fixture.ts'
import { recordingIn } from '../../src/cli/run-explain.ts'
import { connect } from '../../src/control/index.ts'
import { historyOf } from '../../src/explain/history.ts'
import { judgeHistory } from '../../src/explain/judge.ts'
import { World } from '../../src/phota/world.ts'
import { startServer } from '../../src/server/index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-journal-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Every chapter, over a day of the World's clock; what its journal says of it. */
async function record(): Promise<{ journal: string; har: string; jobs: string[]; picture: Buffer; url: string }> {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  const { clock, scenarios } = connect(server.url).worlds.get('default')
  const ask = async (account: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.url}/v1/phota${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'X-API-Key': `test-key-${account}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  const request = { prompt: 'a lighthouse', async: true, response_mode: 'urls', client_request_id: 'j-1' }
  const submit = async (more: object = {}): Promise<string> =>
    String((await ask('alice', '/generate', { ...request, ...more }))['job_id'])
  for (const account of ['alice', 'bob']) await ask(account, '/webhook-secret')
  const jobs = [await submit({ num_output_images: 2 })]
  await submit({ num_output_images: 2 })
  await submit({ response_mode: 'bytes', client_request_id: 'j-2' })
  await scenarios.add({ effect: { fail: 'CONTENT_MODERATION', running: '40s' }, times: 1 })
  jobs.push(await submit({ client_request_id: 'j-3' }))
  await ask('broke', '/generate', request)
  for (let nth = 0; nth < 24; nth++) {
    for (const id of jobs) await ask('alice', `/jobs/${id}`)
    await ask('bob', `/jobs/${jobs[0]}`)
    await clock.advance('2s')
  }
  const { result } = (await ask('alice', `/jobs/${jobs[0]}`)) as { result: { download_urls: string[] } }
  const url = result.download_urls[0] ?? ''
  const picture = Buffer.from(await (await fetch(url)).arrayBuffer())
  const world = (await (await fetch(`${server.url}/_mock/worlds`)).json()) as { worlds: { id: string }[] }
  const at = `${server.url}/_mock/worlds/${world.worlds[0]?.id}`
  const early = await (await fetch(`${at}/journal.har?limit=1000`)).text()
  await clock.advance('25h')
  for (const id of jobs) await ask('alice', `/jobs/${id}`)
  await ask('bob', `/jobs/${jobs[0]}`)
  await submit()
  const journal = await (await fetch(`${at}/journal?limit=1000`)).text()
  const har = await (await fetch(`${at}/journal.har?limit=1000`)).text()
  await server.close()
  await writeFile(join(folder, 'early.har'), early)
  return { journal, har, jobs, picture, url }
}

test('our own journal is read in each form, and whatever it records is lawful', async () => {
  const { journal, har } = await record()
  const lines = (JSON.parse(journal) as { entries: object[] }).entries.toReversed().map((each) => JSON.stringify(each))
  const forms = { 'journal.har': har, 'journal.json': journal, 'journal.jsonl': lines.join('\n') }
  for (const [name, text] of Object.entries(forms)) {
    const file = join(folder, name)
    await writeFile(file, text)
    const { findings, asked } = judgeHistory(historyOf([await recordingIn(file, 0)]))
    expect(findings.all.filter(({ kind }) => kind === 'impossible')).toEqual([])
    expect(asked).toBeGreaterThan(70)
    for (const rule of ['poll.expired', 'poll.scoped', 'poll.failed', 'idem.same-job', 'poll.monotonic']) {
      expect(findings.looks.has(rule), `${rule} is held against ${name}`).toBe(true)
    }
  }
  // A single status that steps back in the journal is seen, at its place.
  const broken = lines.map((line, nth) => (nth === 70 ? line.replaceAll(/succeeded|failed/g, 'pending') : line))
  await writeFile(join(folder, 'broken.jsonl'), broken.join('\n'))
  const { findings } = judgeHistory(historyOf([await recordingIn(join(folder, 'broken.jsonl'), 0)]))
  const impossible = findings.all.filter(({ kind }) => kind === 'impossible')
  expect(impossible.map(({ rule, exchange }) => [rule, exchange])).toEqual([['poll.monotonic', 71]])
})

test('a recording is a fixture: its jobs are there with their ids, times, outcomes and pictures', async () => {
  const { jobs, picture, url } = await record()
  const file = join(folder, 'early.har')
  const har = JSON.parse(await (await import('node:fs/promises')).readFile(file, 'utf8'))
  // The journal keeps no pictures; a recorder beside the client does.
  har.log.entries.push({
    startedDateTime: har.log.entries.at(-1).startedDateTime,
    time: 1,
    request: { method: 'GET', url: url.split('?')[0], headers: [] },
    response: {
      status: 200,
      headers: [{ name: 'Content-Type', value: 'image/jpeg' }],
      content: { text: picture.toString('base64'), encoding: 'base64' },
    },
  })
  await writeFile(file, JSON.stringify(har))
  const world = new World()
  world.load(await readFixture(file))
  const [succeeded, failed] = jobs.map((id) => world.jobs.poll(world.accounts.get('alice') as never, id))
  expect(succeeded).toMatchObject({ status: 'succeeded' })
  expect(failed).toMatchObject({ status: 'failed', failure: { code: 'CONTENT_MODERATION' } })
  expect(Number(failed?.endsMs) - Number(failed?.createdMs)).toBe(42_000)
  expect(Buffer.from(world.pictures.get(`${jobs[0]}-1`)?.file ?? []).equals(picture)).toBe(true)
  // The next submits like theirs go as they went, in their order.
  expect(world.scenarios.states().map(({ effect }) => effect)).toEqual([
    expect.objectContaining({ running: 16_000, pending: 2_000 }),
    expect.objectContaining({ fail: 'CONTENT_MODERATION', running: 40_000, pending: 2_000 }),
  ])
})
