import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { UsageProblem } from '../../src/report/usage-problem.ts'
import { readTicket } from '../../src/verify/read-ticket.ts'
import { accountsOf, type Ticket } from '../../src/verify/ticket.ts'
import { test } from '../cli/cli.ts'
import { breach, exchange, finding } from './report/made-up.ts'

vi.setConfig({ testTimeout: 90_000 })

let folder: string
let asked = 0
const server = createServer((_, answer) => {
  asked += 1
  answer.writeHead(200, { 'content-type': 'application/json' }).end('{}')
})
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-ticket-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const KEYS = { key: 'key-of-alice', otherKey: 'key-of-bob', brokeKey: null }

function ticket(more: Partial<Ticket> = {}): Ticket {
  return {
    version: 2,
    url: 'http://127.0.0.1:9/',
    accounts: accountsOf(KEYS),
    retentionMs: 86_400_000,
    startedMs: 1_780_000_000_000,
    rules: ['poll.expired'],
    jobs: [
      {
        jobId: 'abc',
        point: { operation: 'generate', account: 'first', outcome: 'succeeded' },
        submittedMs: 1_780_000_000_000,
        finishedAfterMs: 1_780_000_000_000,
        finishedBeforeMs: 1_780_000_001_000,
        terminal: { job_id: 'abc', status: 'succeeded' },
      },
    ],
    findings: [
      finding('poll.scoped', 'failed', {
        breaches: [breach({ exchange: 1, check: { kind: 'status', wanted: [404] } })],
        exchanges: [exchange({})],
        tried: [{ dimension: 'account', of: ['a', 'b'], values: ['a'], missing: [{ value: 'b', reason: 'of this' }] }],
      }),
      finding('poll.expired', 'skipped'),
    ],
    spentMicroUsd: 90_000,
    ...more,
  }
}

test('A ticket is read as it was written, and holds no key', () => {
  const written = ticket()
  const text = JSON.stringify(written)
  expect(readTicket(text, 'ticket.json')).toEqual(written)
  expect(text).not.toMatch(/key-of/)
  expect(accountsOf(KEYS).key).not.toBe(written.accounts.key)
})

/** The ticket with one thing in it changed. */
function changed(path: string, value: unknown): string {
  const whole = JSON.parse(JSON.stringify(ticket()))
  const names = path.split('.')
  const last = names.pop() as string
  const place = names.reduce((part, name) => part[name], whole)
  if (value === undefined) delete place[last]
  else place[last] = value
  return JSON.stringify(whole)
}

test.for<[path: string, value: unknown, sentence: RegExp]>([
  ['version', 1, /no ticket of version 2/],
  ['url', 'file:///etc/passwd', /url expects an http or https URL/],
  ['url', 'http://x/\u001b[2J', /url expects/],
  ['url', 5, /url expects/],
  ['accounts', null, /accounts expects an object, received null/],
  ['accounts.salt', 'short', /accounts\.salt expects 32 hex digits/],
  ['accounts.key', 'key-of-alice', /accounts\.key expects 64 hex digits, or null/],
  ['retentionMs', 1e300, /retentionMs expects a number from 1 to/],
  ['retentionMs', '24h', /retentionMs expects a number/],
  ['startedMs', -1, /startedMs expects/],
  ['startedMs', 9e15, /startedMs expects/],
  ['rules', [], /rules expects each rule that is left, once/],
  ['rules', ['poll.expired', 'poll.expired'], /rules expects each rule that is left, once/],
  ['rules', ['no.such'], /rules\[0\] expects one of poll\.retained/],
  ['rules', ['submit.accepted'], /rules\[0\] expects one of/],
  ['rules', 'poll.expired', /rules expects a list/],
  ['jobs.0.jobId', '', /jobs\[0\]\.jobId expects the id of a job/],
  ['jobs.0.jobId', 'a\nb', /jobs\[0\]\.jobId expects/],
  ['jobs.0.submittedMs', null, /jobs\[0\]\.submittedMs expects/],
  ['jobs.0.finishedBeforeMs', 1, /jobs\[0\] expects times that follow each other/],
  ['jobs.0.terminal', 'gone', /jobs\[0\]\.terminal expects an object/],
  ['spentMicroUsd', -5, /spentMicroUsd expects/],
  ['findings', {}, /findings expects a list/],
  ['findings.0', null, /findings\[0\] expects an object/],
  ['findings.0.id', '../../etc', /findings\[0\]\.id expects the id of a rule/],
  ['findings.1.id', 'poll.scoped', /findings expects each rule once/],
  ['findings.0.verdict', 'fine', /verdict expects one of passed, partial/],
  ['findings.0.breaches', [], /breaches expects what was wrong/],
  ['findings.0.breaches.0.expected', 5, /breaches\[0\]\.expected expects a text/],
  ['findings.0.breaches.0.source', 'rumour', /source expects one of guide, reference, choice/],
  ['findings.0.breaches.0.exchange', 'one', /exchange expects a whole number/],
  ['findings.0.breaches.0.check.kind', 'eval', /kind expects one of/],
  ['findings.0.breaches.0.check.wanted', ['$(x)'], /wanted\[0\] expects a whole number/],
  ['findings.0.tried.0.missing', ['b'], /missing\[0\] expects an object/],
  ['findings.0.exchanges.0.id', 1e20, /id expects a whole number/],
  ['findings.0.exchanges.0.request.headers', [], /headers expects an object/],
  ['findings.0.exchanges.0.response.status', '<b>', /status expects a whole number/],
  ['findings.0.exchanges.0.at', undefined, /at expects a time in UTC, received nothing/],
  ['findings.1.reason', null, /reason expects a text/],
])('A ticket whose %s is %j is refused', ([path, value, sentence]) => {
  const read = () => readTicket(changed(path, value), 'ticket.json')
  expect(read).toThrow(UsageProblem)
  expect(read).toThrow(sentence)
})

test.for(['', '{', 'null', '[]', '"ticket"', '5'])('%j is no ticket', (text) => {
  expect(() => readTicket(text, 'ticket.json')).toThrow(UsageProblem)
})

describe.concurrent('phota-mock verify --resume', () => {
  const same = ['--key', KEYS.key, '--other-key', KEYS.otherKey]

  test.for<[what: string, args: string[], sentence: RegExp]>([
    ['without the URL', same, /give the URL of the implementation too; the ticket is of http:\/\/127/],
    ['with another URL', ['https://127.0.0.1:9', ...same], /the ticket is of http:.*, and the URL given is https:/],
    [
      'with another key',
      ['URL', '--key', 'nope', '--other-key', KEYS.otherKey],
      /--key is of another account than the ticket’s/,
    ],
    [
      'with another second key',
      ['URL', '--key', KEYS.key, '--other-key', 'nope'],
      /--other-key is of another account than/,
    ],
    ['without the second key', ['URL', '--key', KEYS.key], /--other-key is missing; give the same key/],
  ])('%s exits 2 before anything is sent', async ([what, args, sentence], { photaMock }) => {
    const file = join(folder, `${what}.json`)
    await writeFile(file, JSON.stringify(ticket({ url })))
    const run = photaMock(['verify', ...args.map((arg) => (arg === 'URL' ? url : arg)), '--resume', file])
    expect([await run.exited, run.stdout]).toEqual([2, ''])
    expect(run.stderr).toMatch(sentence)
    expect(run.stderr.trim().split('\n')).toHaveLength(1)
    expect(asked).toBe(0)
  })
})
