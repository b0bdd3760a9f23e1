import { deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { jsonOf, textOf } from '../../src/explain/exchange.ts'
import { historyOf } from '../../src/explain/history.ts'
import { judgeHistory } from '../../src/explain/judge.ts'
import { readRecording } from '../../src/explain/read.ts'
import { harOf } from './histories/draft.ts'
import { lawful } from './histories/lawful.ts'

const har = JSON.stringify(harOf(lawful()))
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', bytesOf(' \n'), /^it is empty$/],
  ['no JSON', bytesOf('GET /v1/phota/jobs/1'), /^it is no JSON; expects a HAR, or a journal/],
  ['a HAR that was cut off', bytesOf(har.slice(0, -40)), /^its JSON ends in the middle/],
  ['a HAR that was cut off within a text', bytesOf(har.slice(0, har.indexOf('phota/jobs'))), /^its JSON ends in/],
  ['gzip', gzipSync(har), /gunzip/],
  ['zlib', deflateSync(har), /\.zhar of mitmproxy/],
  ['zip', bytesOf('PK\u0003\u0004'), /zip archive/],
  ['other JSON', bytesOf('{"openapi": "3.1.0"}'), /^it is JSON, but not a HAR/],
  ['a list of anything', bytesOf('[1]'), /^entry 1 is no journal entry$/],
  ['a HAR without entries', bytesOf('{"log": {}}'), /log\.entries is no list/],
  ['an entry without a request', bytesOf('{"log": {"entries": [{}]}}'), /log\.entries\[0\] has no request/],
  ['an entry without a URL', bytesOf('{"log": {"entries": [{"request": {"url": 7}}]}}'), /request\.url is no URL/],
]

for (const [what, bytes, problem] of bad) {
  test(`${what} is refused in a sentence that shows nothing of it`, () => {
    expect(() => readRecording(bytes, 0)).toThrow(problem)
  })
}

const entry = (change: object, request: object = {}) => ({
  startedDateTime: '2026-06-22T12:00:00Z',
  time: 5,
  request: { method: 'GET', url: 'https://api.photalabs.com/v1/phota/jobs/1', headers: [], ...request },
  response: { status: 200, headers: [], content: { size: 2, text: '{}' }, ...change },
})
const only = (one: object) => {
  const [exchange] = readRecording(bytesOf(JSON.stringify({ log: { entries: [one] } })), 0).exchanges
  if (!exchange) throw new Error('one entry is one exchange')
  return exchange
}

test('a body is read from base64 and from text', () => {
  const text = Buffer.from('{"a": 1}').toString('base64')
  expect(jsonOf(only(entry({ content: { text, encoding: 'base64' } })).responseBody)).toEqual({ a: 1 })
  expect(jsonOf(only(entry({ content: { text: '{"a": 1}' } })).responseBody)).toEqual({ a: 1 })
})

test('a body that the recorder left out is unknown, and one that never was is none', () => {
  expect(only(entry({ content: { size: 512 } })).responseBody.kind).toBe('unknown')
  expect(only(entry({ status: 204, content: { size: 0 } })).responseBody.kind).toBe('none')
  expect(only(entry({}, { bodySize: 10 })).requestBody.kind).toBe('unknown')
})

test('a form is read from its parameters, and is not taken for the exact bytes', () => {
  const postData = { mimeType: 'application/x-www-form-urlencoded', params: [{ name: 'a', value: 'b c' }] }
  const { requestBody } = only(entry({}, { postData }))
  expect(textOf(requestBody)).toBe('a=b+c')
  expect(requestBody).toMatchObject({ isExact: false })
})

test('an entry in the form of mitmproxy is read: microseconds, an offset, text beside empty params', () => {
  const postData = { mimeType: 'application/json', text: '{"async": true}', params: [] }
  const { startMs, endMs, requestBody } = only({
    ...entry({}, { method: 'POST', postData }),
    startedDateTime: '2026-06-22T14:00:00.123456+02:00',
    time: 12.5,
  })
  expect([startMs, endMs]).toEqual([
    Date.parse('2026-06-22T12:00:00.123Z'),
    Date.parse('2026-06-22T12:00:00.123Z') + 12.5,
  ])
  expect(jsonOf(requestBody)).toEqual({ async: true })
})

test('what has no time, or no answer, is unknown', () => {
  const { startMs, endMs } = only({ ...entry({}), startedDateTime: undefined, time: -1 })
  expect([startMs, endMs]).toEqual([null, null])
  for (const status of [0, -1]) expect(only(entry({ status })).status).toBe(null)
})

test('bodies that Playwright keeps in files are read from there', () => {
  const archive = JSON.stringify({ log: { entries: [entry({ content: { _file: 'a.json' } })] } })
  const read = readRecording(bytesOf(archive), 0, (name) => (name === 'a.json' ? bytesOf('{"b": 2}') : null))
  expect(jsonOf(read.exchanges[0]?.responseBody ?? { kind: 'none' })).toEqual({ b: 2 })
})

test('without times nothing that depends on the order is impossible', () => {
  const drafts = lawful()
  const archive = harOf([...drafts].reverse()) as { log: { entries: { startedDateTime?: string }[] } }
  for (const each of archive.log.entries) delete each.startedDateTime
  const { findings } = judgeHistory(historyOf([readRecording(bytesOf(JSON.stringify(archive)), 0)]), {
    keyPerAccount: true,
  })
  expect(findings.all.filter(({ kind }) => kind === 'impossible')).toEqual([])
})

test('two recordings, of the client and of its receiver, are one history', () => {
  const drafts = lawful()
  const isCallback = ({ name }: { name: string }): boolean => name.startsWith('callback')
  const [client, receiver] = [drafts.filter((each) => !isCallback(each)), drafts.filter(isCallback)]
  const recordings = [client, receiver].map((part, nth) => readRecording(bytesOf(JSON.stringify(harOf(part))), nth))
  const judge = judgeHistory(historyOf(recordings), { keyPerAccount: true })
  expect(judge.findings.all.filter(({ kind }) => kind === 'impossible')).toEqual([])
  expect(judge.findings.looks.get('callback.signature')?.size).toBe(2)
})

test('a history nested too deep to be walked through is read, and not judged', () => {
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
  expect(jsonOf(only(entry({ content: { text: deep } })).responseBody)).toBe(undefined)
})
