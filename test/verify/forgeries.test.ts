import { expect, test } from 'vitest'
import { carriedExpiryMs, expiryOf, forgeries, tokenOf } from '../../src/verify/cases/forgeries.ts'
import { alike } from '../../src/verify/cases/hidden.ts'

const DAY = 'https://cdn.example.com/20260622/a.jpg'
const AT = 1_782_216_018

test.for<[string, string | null, string | null]>([
  [`token=8d1f0c&expires=${AT}`, 'token', 'expires'],
  [`sig=8d1f0c&exp=${AT}&download=1`, 'sig', 'exp'],
  [`se=2026-06-23T12:00:18Z&sig=abc`, 'sig', 'se'],
  [`X-Amz-Signature=0123456789abcdef&X-Amz-Expires=86400&X-Amz-Date=20260622T120000Z`, 'X-Amz-Signature', null],
  [`t=eyJhbGciOiJIUzI1NiJ9.e30.abc`, 't', null],
  ['download=1', null, null],
  ['', null, null],
])('Of ?%s the token and the expiry are found', ([query, token, expires]) => {
  const { searchParams } = new URL(`${DAY}?${query}`)
  expect([tokenOf(searchParams), expiryOf(searchParams)]).toEqual([token, expires])
})

test('The expiry that a URL carries is read in seconds, in milliseconds and as a date', () => {
  expect(carriedExpiryMs(`${DAY}?expires=${AT}`)).toBe(AT * 1000)
  expect(carriedExpiryMs(`${DAY}?expires=${AT}000`)).toBe(AT * 1000)
  expect(carriedExpiryMs(`${DAY}?se=2026-06-23T12:00:18Z`)).toBe(Date.UTC(2026, 5, 23, 12, 0, 18))
  expect(carriedExpiryMs(`${DAY}?download=1`)).toBeNaN()
})

test('No forgery is the URL itself, and each says what was changed', () => {
  const url = `${DAY}?token=0123456789abcdef&expires=${AT}`
  const all = forgeries(url, 'https://cdn.example.com/20260622/b.jpg?token=fedcba9876543210&expires=1')
  expect(all.map(({ forged }) => forged)).not.toContain(url)
  expect(new Set(all.map(({ what }) => what)).size).toBe(all.length)
  expect(all.length).toBeGreaterThan(8)
})

test.for([
  '5f3c8a1e9b4d4c7e8a2f1b6d0c9e7a31',
  '5f3c8a1e-9b4d-4c7e-8a2f-1b6d0c9e7a31',
  '5F3C8A1E-9B4D-4C7E-8A2F-1B6D0C9E7A31',
  '01J0ZQ9V3M8X4T6R2K5N7P1WBC',
  'job_4fGhT9kLmQ2x',
  '73281946120',
])('An id like %s has its form, and is another', (id) => {
  const other = alike(id)
  const form = (text: string): string =>
    text
      .replace(/[0-9a-f]/g, 'x')
      .replace(/[A-Z]/g, 'X')
      .replace(/[a-z]/g, 'x')
  expect(other).not.toBe(id)
  expect(other).toHaveLength(id.length)
  if (/^[0-9a-f-]+$/.test(id)) expect(form(other)).toBe(form(id))
  expect(other.replace(/[0-9A-Za-z]/g, '')).toBe(id.replace(/[0-9A-Za-z]/g, ''))
})
