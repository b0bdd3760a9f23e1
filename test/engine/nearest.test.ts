import { expect, test } from 'vitest'
import { nearest } from '../../src/engine/nearest.ts'

test.each([
  ['clok', ['id', 'seed', 'clock'], 'clock'],
  ['dpeosit', ['id', 'keys', 'deposit'], 'deposit'],
  ['clientRequestId', ['client_request_id', 'account'], 'client_request_id'],
  ['Frozen', ['mode', 'speed', 'frozen'], 'frozen'],
  ['staus', ['account', 'status', 'operation'], 'status'],
  ['colour', ['account', 'status', 'operation'], null],
  ['id2', ['id', 'keys'], 'id'],
  ['', ['id'], null],
  ['x'.repeat(65), ['x'.repeat(65)], null],
  ['a', [], null],
] as const)('%j among %j is most likely %j', (name, names, want) => {
  expect(nearest(name, names)).toBe(want)
})
