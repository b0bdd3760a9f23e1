import { describe, expect, test } from 'vitest'
import { dialects } from './dialects.ts'
import { startTarget, type TargetOptions } from './target.ts'
import type { OpenRow } from './variant.ts'
import { Probe } from './variants/probe.ts'
import { variants } from './variants.ts'

const QUICK = { pendingMs: 15, runningMs: 15, retryMs: [20, 20, 20] }
const ROWS: readonly OpenRow[] = [
  'job body',
  'handle',
  'errors',
  'time',
  'callbacks',
  'downloads',
  'transport',
  'scope',
]

/** Looks at a target of its own. */
async function look<Seen>(options: TargetOptions, shows: (probe: Probe) => Promise<Seen>): Promise<Seen> {
  const target = await startTarget({ ...QUICK, ...options })
  const probe = new Probe(target.url)
  try {
    return await shows(probe)
  } finally {
    probe.close()
    await target.close()
  }
}

describe('Each variant is seen when it is on, and not when it is off', () => {
  test.concurrent.for(variants.map((variant) => [variant.id, variant] as const))(
    '%s',
    async ([id, { options, shows }], { expect }) => {
      expect(await look({ ...options, variant: id }, shows)).toBe(true)
      expect(await look({}, shows).catch(() => false)).toBe(false)
    },
  )
})

describe('The FastAPI dialect is seen when it is on, and not when it is off', () => {
  test.concurrent.for(Object.entries(dialects.fastapi.shows))('%s', async ([, shows], { expect }) => {
    expect(await look({ dialect: 'fastapi' }, shows)).toBe(true)
    expect(await look({}, shows).catch(() => false)).toBe(false)
  })
})

test('Variants have ids of their own, and there are some for each row of what is open', () => {
  expect(new Set(variants.map(({ id }) => id)).size).toBe(variants.length)
  for (const row of ROWS) expect(variants.filter(({ open }) => open === row).length).toBeGreaterThan(3)
})

test('Variants and a dialect can be on at once', async () => {
  await look({ dialect: 'fastapi', variants: ['url-opaque', 'chunked', 'id-short'] }, async (probe) => {
    const { headers, url } = await probe.download()
    expect([headers['transfer-encoding'], url.searchParams.has('t')]).toEqual(['chunked', true])
    const { body } = await probe.submit()
    expect(body.job_id).toMatch(/^\w{12}$/)
    expect((await probe.poll(body.poll_url)).body.created_at).toMatch(/\+00:00$/)
  })
})

test('A variant that does not exist is refused', async () => {
  await expect(startTarget({ variant: 'nonsense' })).rejects.toThrow('no variant is called nonsense')
})
