import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect } from 'vitest'
import { Redactor } from '../../src/report/redact.ts'
import { Budget } from '../../src/verify/budget.ts'
import { highestPrice } from '../../src/verify/prices.ts'
import { Caller } from '../../src/verify/target.ts'
import { NotTried } from '../../src/verify/verdict.ts'
import { test } from './http/server.ts'

const LIMIT = 1_000_000
const ONE = highestPrice('generate', {})

/** A target that takes each job, and then answers so. */
type Lie = (request: IncomingMessage, response: ServerResponse) => void

describe.concurrent('No more than --max-spend is spent', () => {
  test.for<[string, Lie]>([
    ['429', (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end()],
    ['500', (_, response) => void response.writeHead(500).end()],
    ['a broken connection', (request) => void request.socket.destroy()],
    [
      'a body that breaks off',
      (request, response) => {
        response.writeHead(422, { 'content-length': 100 }).write('{')
        setTimeout(() => request.socket.destroy(), 20)
      },
    ],
    ['always the same job_id', (_, response) => void response.writeHead(202).end('{"job_id":"1"}')],
  ])('on a target that takes the job and answers %s', async ([, lie], { openWire, answer }) => {
    let taken = 0
    const base = await answer((request, response) => {
      taken += ONE
      lie(request, response)
    })
    const budget = new Budget(LIMIT)
    const target = { base, wire: openWire(), budget, redactor: new Redactor(), jobTimeoutMs: 1_000 }
    const caller = new Caller(target, { name: 'key', key: 'k', account: null, pays: true }, null, () => undefined)
    const endings = await Promise.allSettled(
      Array.from({ length: 30 }, () => caller.call('generate', { body: { prompt: 'x' } })),
    )
    const refused = endings.filter((each) => each.status === 'rejected' && each.reason instanceof NotTried)
    expect(refused.length).toBeGreaterThan(0)
    expect(taken).toBeLessThanOrEqual(LIMIT)
    expect(budget.spent).toBe(taken)
  })

  test('and a refusal that is free of charge is not counted', async ({ openWire, answer }) => {
    const base = await answer((_, response) => void response.writeHead(422).end('{}'))
    const budget = new Budget(LIMIT)
    const target = { base, wire: openWire(), budget, redactor: new Redactor(), jobTimeoutMs: 1_000 }
    const caller = new Caller(target, { name: 'key', key: 'k', account: null, pays: true }, null, () => undefined)
    for (let nth = 0; nth < 20; nth++) await caller.call('generate', { body: { prompt: 'x' } })
    expect(budget.spent).toBe(0)
  })
})
