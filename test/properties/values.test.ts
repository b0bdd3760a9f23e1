import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatUsd, usd } from '../../src/engine/money.ts'
import { Schedule } from '../../src/engine/schedule.ts'
import { toDayStamp, toTimestamp } from '../../src/engine/timestamp.ts'
import { checkDownload, type ImageName, signDownloadUrl } from '../../src/phota/download-url.ts'
import { holds, OPERATIONS } from './support.ts'

test('a schedule hands out what falls due by moment, and by its number at one moment, as a sorted list does', async () => {
  // Few moments, so that many are alike; `null` takes the next.
  const command = fc.oneof(
    { weight: 3, arbitrary: fc.record({ atMs: fc.oneof(fc.nat({ max: 5 }), fc.maxSafeInteger()), seq: fc.nat() }) },
    { weight: 2, arbitrary: fc.constant(null) },
  )
  await holds(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
      const schedule = new Schedule<number>()
      const model: { atMs: number; seq: number; subject: number }[] = []
      const take = () => {
        const first = model.shift()
        expect(schedule.next).toEqual(first)
        expect(schedule.take()).toEqual(first)
      }
      for (const [subject, command] of commands.entries()) {
        if (command === null || model.some(({ seq }) => seq === command.seq)) take()
        else {
          schedule.add(command.atMs, command.seq, subject)
          model.push({ ...command, subject })
          model.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq)
        }
        expect([...schedule]).toHaveLength(model.length)
      }
      while (model.length > 0) take()
      take()
    }),
  )
})

const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

test('a timestamp is what Date says, to the whole second, from the year 0 to 9999 (poll.timestamps)', async () => {
  const atMs = fc.oneof(
    fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2030, 0) }),
    fc.integer({ min: FIRST_MS, max: LAST_MS }),
    // Where the calendar is hardest: about the end of February, above all of a century.
    fc
      .record({
        year: fc.oneof(
          fc.nat({ max: 99 }).map((century) => century * 100),
          fc.nat({ max: 9999 }),
        ),
        day: fc.nat({ max: 3 }),
      })
      .map(({ year, day }) => Date.parse(`${String(year).padStart(4, '0')}-02-27T12:00:00Z`) + day * 86_400_000),
  )
  await holds(
    // Several in a row, near to each other, as the last one is remembered.
    fc.property(atMs, fc.array(fc.integer({ min: -1500, max: 1500 }), { minLength: 1 }), (atMs, offsets) => {
      for (const ms of [atMs, ...offsets.map((offset) => clamp(atMs + offset))]) {
        const iso = new Date(ms).toISOString()
        expect(toTimestamp(ms)).toBe(`${iso.slice(0, 19)}Z`)
        expect(toDayStamp(ms)).toBe(iso.slice(0, 10).replaceAll('-', ''))
      }
    }),
  )
})

test('every amount survives being printed in dollars and read again', async () => {
  const microUsd = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -3_000_000, max: 3_000_000 }),
    fc
      .record({ digits: fc.integer({ min: -5000, max: 5000 }), zeros: fc.nat({ max: 11 }) })
      .map(({ digits, zeros }) => digits * 10 ** zeros || 0),
  )
  await holds(
    fc.property(microUsd, (microUsd) => {
      const text = formatUsd(microUsd)
      expect(text).toMatch(/^-?\$\d{1,3}(,\d{3})*\.\d{2}(\d{0,3}[1-9])?$/)
      expect(usd(text.replace(/[$,]/g, ''))).toBe(microUsd)
    }),
  )
})

test('dollars are read exactly from a text with up to six decimals and from a number, and a seventh decimal is refused', async () => {
  await holds(
    fc.property(fc.boolean(), fc.nat({ max: 4_000_000_000 }), fc.nat({ max: 999_999 }), (negative, whole, micro) => {
      const fraction = String(micro).padStart(6, '0')
      const expected = BigInt(whole) * 1_000_000n + BigInt(micro)
      const signed = negative ? -expected : expected
      const text = `${negative ? '-' : ''}${whole}.${fraction}`
      expect(BigInt(usd(text))).toBe(signed)
      expect(BigInt(usd(text.replace(/\.?0+$/, '')))).toBe(signed)
      expect(BigInt(usd(Number(signed) / 1_000_000))).toBe(signed)
      expect(() => usd(`${text}0`)).toThrow(/six decimals/)
    }),
  )
})

const KEY = 'url-key'
const BASE = 'https://cdn.test'
const image = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  jobId: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
  output: fc.integer({ min: 1, max: 4 }),
  width: fc.integer({ min: 1, max: 99_999 }),
  height: fc.integer({ min: 1, max: 99_999 }),
  format: fc.constantFrom('png' as const, 'jpg' as const),
}) satisfies fc.Arbitrary<ImageName>
const madeMs = fc.integer({ min: 0, max: Date.UTC(9999, 0) })
const retentionS = fc.integer({ min: 1, max: 1_000_000 })

function signed(name: ImageName, madeMs: number, retentionS: number) {
  const expiresMs = Math.floor(madeMs / 1000 + retentionS) * 1000
  const url = new URL(signDownloadUrl(BASE, KEY, name, madeMs, expiresMs))
  const { token, expires } = Object.fromEntries(url.searchParams) as { token: string; expires: string }
  return { expiresMs, path: url.pathname, token, expires }
}

test('a download URL is accepted as it was signed, tells its image, and stops at its expiry (result.signed, result.expiry)', async () => {
  await holds(
    fc.property(
      image,
      madeMs,
      retentionS,
      fc.double({ min: 0, max: 2, noNaN: true }),
      (name, madeMs, retentionS, share) => {
        const { expiresMs, path, token, expires } = signed(name, madeMs, retentionS)
        const query = new URLSearchParams({ token, expires })
        const at = (nowMs: number) => checkDownload(KEY, path, query, nowMs)
        for (const nowMs of [madeMs, Math.floor(madeMs + share * (expiresMs - madeMs)), expiresMs - 1, expiresMs]) {
          expect(at(nowMs)).toEqual(nowMs < expiresMs ? { ok: true, image: name } : { ok: false, reason: 'expired' })
        }
        expect(checkDownload('another-key', path, query, madeMs).ok).toBe(false)
      },
    ),
  )
})

test('a download URL with any one character of its path, token or expiry changed, left out or added is refused (result.signed)', async () => {
  const character = fc.oneof(
    fc.constantFrom(...'0123456789abcdefABCDEFxpngj.-/\n '),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )
  await holds(
    fc.property(image, madeMs, retentionS, character, (name, madeMs, retentionS, character) => {
      const { path, token, expires } = signed(name, madeMs, retentionS)
      const isAccepted = (path: string, token: string, expires: string) =>
        checkDownload(KEY, path, new URLSearchParams({ token, expires }), madeMs).ok
      expect(isAccepted(path, token, expires)).toBe(true)
      const accepted = [
        ...oneOff(path, character).filter((other) => isAccepted(other, token, expires)),
        ...oneOff(token, character).filter((other) => isAccepted(path, other, expires)),
        ...oneOff(expires, character).filter((other) => isAccepted(path, token, other)),
      ]
      expect(accepted).toEqual([])
    }),
  )
})

/** Every text that is one change away: the character in place of another, another left out, the character put in. */
function oneOff(text: string, character: string): string[] {
  const changed = Array.from({ length: text.length + 1 }, (_, i) => {
    const [before, after] = [text.slice(0, i), text.slice(i + 1)]
    return [before + character + after, before + after, before + character + text.slice(i)]
  })
  return changed.flat().filter((other) => other !== text)
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, FIRST_MS), LAST_MS)
}
