import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { criteria } from '../../../src/verify/criteria.ts'
import type { Defect } from './defect.ts'
import { defects } from './defects.ts'
import { Flaw } from './flaw.ts'

const known = new Set(criteria.map(({ id }) => id))
const faultOf = ({ id, fault }: Defect): string => fault ?? id

/** The code of the target, without the lists of defects. */
const source = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
  .join('\n')

test('Each defect has an id of its own', () => {
  const ids = defects.map(({ id }) => id)
  expect(ids.filter((id, nth) => ids.indexOf(id) !== nth)).toEqual([])
})

test('Two defects with the same fault differ in the place', () => {
  const kinds = defects.map((defect) => JSON.stringify([faultOf(defect), defect.only ?? {}]))
  expect(kinds.filter((kind, nth) => kinds.indexOf(kind) !== nth)).toEqual([])
})

test('Each defect breaks a rule, and all rules it names are known', () => {
  for (const { id, breaks, also = [] } of defects) {
    expect(breaks.length, id).toBeGreaterThan(0)
    expect(
      [...breaks, ...also].filter((rule) => !known.has(rule)),
      id,
    ).toEqual([])
  }
})

test('Each rule but those of the verifier has a defect that breaks it', () => {
  const broken = new Set(defects.flatMap(({ breaks }) => breaks))
  expect([...known].filter((id) => !broken.has(id) && id !== 'callback.tamper')).toEqual([])
})

test('The code of the target has each fault that is listed', () => {
  const missing = defects.map(faultOf).filter((fault) => !source.includes(`'${fault}'`))
  expect(missing).toEqual([])
})

test('The code of the target has no fault that is not listed', () => {
  const listed = new Set(defects.map(faultOf))
  const built = [...source.matchAll(/\.has\('([^']+)'/g), ...source.matchAll(/^ {2}'([a-z0-9-]+)':/gm)]
  expect(built.map(([, fault]) => fault).filter((fault) => !listed.has(fault as string))).toEqual([])
})

describe('A defect that is bound to a place', () => {
  const job = {
    account: { nth: 1 },
    request: { operation: 'edit', outputs: 4, callbackUrl: null, format: 'png' },
    status: 'succeeded',
  } as const

  test.each([
    ['four-outputs-done', 'succeeded-as-done', job, true],
    ['four-outputs-done', 'succeeded-as-done', { ...job, request: { ...job.request, outputs: 3 } }, false],
    ['later-account-done', 'succeeded-as-done', job, false],
    ['later-account-done', 'succeeded-as-done', { ...job, account: { nth: 2 } }, true],
    ['callback-job-completed', 'succeeded-as-completed', job, false],
    ['remix-always-png', 'always-png', { operation: 'remix' }, true],
    ['remix-always-png', 'always-png', {}, false],
    ['last-download-html', 'download-html', { ...job, output: 3 }, true],
    ['last-download-html', 'download-html', { ...job, output: 2 }, false],
    ['second-download-cut', 'download-cut', { ...job, output: 1 }, true],
    ['second-download-cut', 'download-empty', { ...job, output: 1 }, false],
    ['later-token-unchecked', 'token-unchecked', { ...job, output: 0 }, false],
    ['png-token-unchecked', 'token-unchecked', job, true],
    ['failed-no-retry', 'no-retry', job, false],
  ] as const)('%s: %s', (id, fault, spot, expected) => {
    expect(new Flaw(id).has(fault, spot)).toBe(expected)
  })

  test('without its place shows nowhere', () => {
    expect(new Flaw('failed-no-retry').has('no-retry')).toBe(false)
    expect(new Flaw(null).has('no-retry', { status: 'failed' })).toBe(false)
  })
})
