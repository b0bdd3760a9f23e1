import { afterEach, describe, expect, test, vi } from 'vitest'
import { steady } from '../../src/drive/wall.ts'
import { Phota } from '../../src/index.ts'

describe('the machine’s own time', () => {
  /** A machine whose date and monotonic clock are set by the test. */
  function machine() {
    const clocks = { date: 1_000_000, monotonic: 0 }
    const now = steady(
      () => clocks.date,
      () => clocks.monotonic,
    )
    return (dateMs: number, monotonicMs: number): number => {
      clocks.date += dateMs
      clocks.monotonic += monotonicMs
      return now()
    }
  }

  test('goes on when the date is set back by an hour, while nobody looks or between two looks', () => {
    const pass = machine()
    expect(pass(500, 500)).toBe(1_000_500)
    expect(pass(-3_600_000, 10)).toBe(1_000_510)
    expect(pass(100, 100)).toBe(1_000_610)
    expect(pass(7_200_000 - 3_600_000, 7_200_000)).toBe(8_200_610)
  })

  test('follows a date that jumps forward, as after a sleep, and small corrections, and never goes back', () => {
    const pass = machine()
    expect(pass(3_600_000, 5)).toBe(4_600_000)
    expect(pass(103, 100)).toBe(4_600_103)
    expect(pass(-40, 10)).toBe(4_600_103)
    expect(pass(100, 100)).toBe(4_600_203)
  })
})

describe('a World under the caller’s own Date', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const POSTED = { method: 'POST', body: JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls' }) }

  async function submitted(phota: Phota): Promise<() => Promise<string>> {
    const headers = { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' }
    const response = await phota.fetch(`${phota.baseUrl}/generate`, { ...POSTED, headers })
    const { job_id } = (await response.json()) as { job_id: string }
    return async () => {
      const poll = await phota.fetch(`${phota.baseUrl}/jobs/${job_id}`, { headers })
      return ((await poll.json()) as { status: string }).status
    }
  }

  test('shows the same instant as Date', () => {
    for (let i = 0; i < 20; i++) {
      vi.useFakeTimers({ now: Date.parse('2026-06-22T12:00:00.000Z') + i })
      const phota = new Phota({ clock: 'system' })
      expect(phota.clock.now.getTime()).toBe(Date.now())
      vi.advanceTimersByTime(1_000)
      expect(phota.clock.now.getTime()).toBe(Date.now())
      phota.close()
    }
  })

  test('shows the same instant as a Date that is faked once it is there, and is created_at', async () => {
    for (let i = 0; i < 20; i++) {
      const phota = new Phota({ clock: 'system' })
      // A whole second is where a millisecond too few shows as a second.
      vi.useFakeTimers({ now: Math.ceil(Date.now() / 1000) * 1000, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
      await submitted(phota)
      expect(phota.jobs.findFirst()?.created_at).toBe(new Date().toISOString().replace('.000Z', 'Z'))
      expect(phota.clock.now.getTime()).toBe(Date.now())
      phota.close()
      vi.useRealTimers()
    }
  })

  test.for([
    ['to 2020', () => vi.setSystemTime('2020-01-01T00:00:00Z')],
    ['by an hour', () => vi.setSystemTime(Date.now() - 3_600_000)],
  ] as const)('goes on after Date was put back %s', async ([, putBack]) => {
    vi.useFakeTimers({ now: Date.parse('2026-06-22T12:00:00Z'), toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const phota = new Phota({ clock: 'system' })
    const status = await submitted(phota)
    vi.advanceTimersByTime(3_000)
    expect(await status()).toBe('running')
    putBack()
    expect(await status()).toBe('running')
    vi.advanceTimersByTime(16_000)
    expect(await status()).toBe('succeeded')
    phota.close()
  })

  test('goes on after fake timers gave way to real ones', async () => {
    vi.useFakeTimers({ now: Date.now() + 86_400_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const phota = new Phota({ clock: 'system', pendingMs: 20, runningMs: 30 })
    const status = await submitted(phota)
    vi.useRealTimers()
    await expect.poll(status).toBe('succeeded')
    phota.close()
  })
})
