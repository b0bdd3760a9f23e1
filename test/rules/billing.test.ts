import { expect } from 'vitest'
import type { Job } from '../../src/engine/job.ts'
import {
  API,
  ASYNC,
  balance,
  behindEachDoor,
  type Door,
  MINIMAL,
  OPERATIONS,
  poll,
  submit,
  whileOpen,
} from '../support/doors.ts'

const FAILING = { images: ['https://nowhere.invalid/a.jpg'] }
const conserved = (door: Door) => {
  for (const { deposited, available, reserved, spent } of door.world.accounts.values()) {
    expect(deposited).toBe(available + reserved + spent)
  }
}

behindEachDoor('billing', (test) => {
  test('a submit reserves the floor cost at once (bill.reserve)', async ({ door }) => {
    const before = balance(door)
    await submit(door, { prompt: '[[abc123]]', num_output_images: 3 })
    expect(balance(door)).toEqual({ ...before, available: before.available - 270_000, reserved: 270_000 })
  })

  test('success settles to the final amount and the reservation is gone (bill.settle)', async ({ door }) => {
    const before = balance(door)
    await submit(door, { prompt: '[[abc123]]', num_output_images: 3 })
    await door.clock.settle()
    expect(balance(door)).toEqual({ ...before, available: before.available - 360_000, spent: 360_000 })
  })

  test('failure releases the reservation (bill.release)', async ({ door }) => {
    const before = balance(door)
    await submit(door, FAILING)
    await door.clock.settle()
    expect(balance(door)).toEqual(before)
    expect([...door.account('alice').entries].slice(-2).map(({ kind }) => kind)).toEqual(['reservation', 'release'])
  })

  test('a floor above the available balance is 402, and no job is made (bill.insufficient)', async ({ door }) => {
    const nothing = await submit(door, {}, 'broke')
    expect(nothing.status).toBe(402)
    expect(nothing.body).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      detail: 'The request needs $0.09, and $0.00 is available.',
    })
    door.world.deposit(door.account('broke'), 89_999)
    expect((await submit(door, {}, 'broke')).status).toBe(402)
    expect([...door.world.jobs.live()]).toEqual([])
    door.world.deposit(door.account('broke'), 1)
    expect((await submit(door, {}, 'broke')).status).toBe(202)
  })

  test('a job that is never polled runs, settles and calls back (bill.unpolled)', async ({ door }) => {
    const receiver = await door.receiver()
    const before = balance(door)
    await submit(door, { callback_url: receiver.url })
    await door.clock.advance('1h')
    expect(balance(door)).toEqual({ ...before, available: before.available - 90_000, spent: 90_000 })
    expect(receiver.received).toHaveLength(1)
  })

  for (const operation of OPERATIONS) {
    test(`an async ${operation} costs what its synchronous equivalent costs (bill.parity)`, async ({ door }) => {
      const models =
        operation === 'edit' || operation === 'generate'
          ? [{}, { base_model: 'gpt-image-2', quality: 'high', resolution: '4K' }]
          : [{}]
      for (const model of models) {
        const body = {
          ...MINIMAL[operation],
          ...model,
          prompt: '[[abc123]]',
          num_output_images: 2,
          response_mode: 'urls',
        }
        const spent = async (run: () => Promise<void>) => {
          const before = balance(door).spent
          await run()
          return balance(door).spent - before
        }
        const async = await spent(async () => {
          await submit(door, body, 'alice', operation)
          await door.clock.settle()
        })
        const sync = await spent(async () => {
          const answer = door.request('POST', `${API}/${operation}`, { body })
          await whileOpen(door)
          await door.clock.settle()
          expect((await answer).status).toBe(200)
        })
        expect(async).toBe(sync)
        expect(async).toBeGreaterThan(0)
      }
    })
  }

  test('with money for N jobs exactly N of M parallel submits are accepted (bill.parallel)', async ({ door }) => {
    door.world.deposit(door.account('broke'), 5 * 90_000 + 1)
    const answers = await Promise.all(Array.from({ length: 12 }, () => submit(door, {}, 'broke')))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(7)
    expect(balance(door, 'broke')).toMatchObject({ available: 1, reserved: 450_000 })
  })

  test('deposits = available + reserved + spent at every moment (bill.conserved)', async ({ door }) => {
    door.world.events.on('change', () => conserved(door))
    await submit(door)
    await submit(door, { ...FAILING, callback_url: (await door.receiver(500)).url })
    await submit(door, { prompt: '[[abc123]]' }, 'bob')
    await door.request('POST', `${API}/profiles/add`, {
      body: { training_tier: 'fast', image_urls: Array.from({ length: 5 }, (_, i) => `https://example.com/${i}.jpg`) },
    })
    await submit(door, {}, 'broke')
    await door.clock.advance('25h')
    conserved(door)
    const [first] = door.world.jobs.live()
    expect(first satisfies Job | undefined).toBeUndefined()
    expect(balance(door)).toMatchObject({ reserved: 0, spent: 90_000 + 1_490_000 })
  })

  test('a settlement above the balance is paid all the same (bill.settle)', async ({ door }) => {
    door.world.deposit(door.account('broke'), 90_000)
    door.world.scenario({ match: { account: 'broke' }, effect: { settle_micro_usd: 120_000 } })
    const { body } = await door.request('POST', `${API}/edit`, { as: 'broke', body: { ...MINIMAL.edit, ...ASYNC } })
    await door.clock.settle()
    expect((await poll(door, body.job_id, 'broke')).body.status).toBe('succeeded')
    expect(balance(door, 'broke')).toEqual({ deposited: 90_000, available: -30_000, reserved: 0, spent: 120_000 })
    expect((await submit(door, {}, 'broke')).status).toBe(402)
  })
})
