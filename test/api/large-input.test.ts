import { Buffer } from 'node:buffer'
import { expect, test as plain } from 'vitest'
import { parseScenarioHeader } from '../../src/api/header-scenario.ts'
import { toProblems } from '../../src/api/validation.ts'
import { callbackUrlProblem } from '../../src/engine/callback-target.ts'
import { isDuration } from '../../src/engine/duration.ts'
import { keepBody } from '../../src/engine/journal.ts'
import { inputProblem } from '../../src/phota/input-image.ts'
import { operations, type Validate } from '../../src/spec/index.ts'
import { type Answer, API, ASYNC, behindEachDoor, type Door } from '../support/doors.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')
const LONG = 'x'.repeat(30_000_000)
const MANY = Array.from({ length: 2_000_000 }, (_, i) => i % 100)

/** Synchronous work, in ms; the quickest of three, since the machine has other work too. */
function cost(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 3 }, () => {
      const startMs = performance.now()
      work()
      return performance.now() - startMs
    }),
  )
}

function found(answer: Answer): [loc: string, msg: string][] {
  expect(answer, answer.text).toMatchObject({ status: 422 })
  return answer.body.detail.map(({ loc, msg }: { loc: unknown[]; msg: string }) => [loc.join('.'), msg])
}

behindEachDoor('a field that is longer than it may be is 422, and named beside all others', (test) => {
  const post = (door: Door, path: string, body: object): Promise<Answer> =>
    door.request('POST', `${API}/${path}`, { body: { ...ASYNC, ...body } })

  test('2 million profile ids', async ({ door }) => {
    const answer = await post(door, 'edit', { profile_ids: MANY.map(String), num_output_images: 9 })
    expect(found(answer)).toEqual([
      ['body.num_output_images', 'Input should be less than or equal to 4'],
      ['body.profile_ids', 'List should have at most 100 items'],
    ])
    expect(found(await post(door, 'edit', { profile_ids: MANY })).length).toBeLessThanOrEqual(102)
  })

  test('a profile id, a prompt, a callback_url and photo URLs of 30 MB', async ({ door }) => {
    expect(found(await post(door, 'edit', { profile_ids: [LONG], prompt: LONG }))).toEqual([
      ['body.prompt', 'String should have at most 32000 characters'],
      ['body.profile_ids.0', 'String should have at most 128 characters'],
    ])
    expect(found(await post(door, 'generate', { callback_url: `https://${LONG}` }))).toEqual([
      ['body.callback_url', 'String should have at most 2048 characters'],
    ])
    const urls = Array.from({ length: 10 }, (_, i) => `https://example.com/${i}`)
    expect(found(await post(door, 'profiles/add', { image_urls: [...urls, `https://${LONG}`] }))).toEqual([
      ['body.image_urls.10', 'String should have at most 2048 characters'],
    ])
    expect(found(await post(door, 'profiles/add', { image_urls: MANY.map(() => urls[0]) }))).toEqual([
      ['body.image_urls', 'List should have at most 50 items'],
    ])
  })

  test('up to the limits all is taken', async ({ door }) => {
    const ids = Array.from({ length: 100 }, (_, i) => String(i).padStart(128, '🖼'))
    expect((await post(door, 'generate', { prompt: '🖼'.repeat(32_000), profile_ids: ids })).status).toBe(202)
  })

  test('an X-Mock-Scenario header over 4,096 characters is 400', async ({ door }) => {
    const headers = { 'X-Mock-Scenario': `running=${'1m'.repeat(2100)}` }
    const answer = await door.request('POST', `${API}/generate`, { body: ASYNC, headers })
    expect([answer.status, answer.body.detail]).toEqual([
      400,
      'X-Mock-Scenario expects at most 4096 characters, received 4208',
    ])
  })
})

/** A hundred times what any of it costs: only what grows with the square of its input, or worse, comes near. */
const AT_ONCE_MS = 2_000
const EDIT = operations.edit.requestBody as Validate
// Made beforehand, and flat as JSON.parse makes them.
const flat = (text: string): string => Buffer.from(text).toString()
const DURATION = flat('1m'.repeat(15_000_000))
const IMAGE = flat(PNG.replaceAll('=', '') + LONG)
const BYTES = Buffer.from(LONG)
const SPACES = flat(' '.repeat(30_000_000))
const URL_30_MB = flat(`https://${LONG}`)
const ALL_LONG = { prompt: LONG, callback_url: URL_30_MB, client_request_id: LONG, profile_ids: [LONG] }

for (const [what, work] of [
  ['a header of 4 KB of spaces', () => expect(() => parseScenarioHeader(`a=b${' '.repeat(4000)};c`)).toThrow()],
  ['a header of 4 KB of semicolons', () => expect(() => parseScenarioHeader(';'.repeat(4096))).toThrow()],
  ['a duration of 30 MB', () => isDuration(DURATION)],
  ['an image of 30 MB', () => inputProblem([IMAGE])],
  ['an image of 30 MB of spaces', () => inputProblem([SPACES])],
  ['an image URL of 30 MB', () => inputProblem([URL_30_MB])],
  ['a body of 30 MB whose hash is known', () => keepBody(BYTES, 'ab')],
  ['30 MB in each text', () => EDIT(ALL_LONG)],
  ['a callback URL at the limit', () => callbackUrlProblem(URL_30_MB.slice(0, 2048), POLICY)],
] as const) {
  plain(`${what} holds nobody up`, () => {
    expect(cost(work)).toBeLessThan(AT_ONCE_MS)
  })
}

const POLICY = { allowCallbackHosts: [], httpsCallbacksOnly: false }

plain('2 million items of the wrong type hold nobody up', () => {
  const lists = Array.from({ length: 3 }, () => [...MANY])
  expect(
    cost(() => {
      EDIT({ profile_ids: lists.pop() })
      toProblems(EDIT.errors ?? [], 'body', () => null)
    }),
  ).toBeLessThan(AT_ONCE_MS)
})
