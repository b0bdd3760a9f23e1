import { expect, test } from 'vitest'
import { Entropy } from '../../src/engine/entropy.ts'

function draw(entropy: Entropy, kind: string, count: number): string[] {
  return Array.from({ length: count }, () => entropy.nextId(kind))
}

test('ids are those of v4 UUIDs, and no two are the same', () => {
  const entropy = new Entropy('a')
  const ids = [...draw(entropy, 'job', 5000), ...draw(entropy, 'request', 5000), ...draw(new Entropy('b'), 'job', 5000)]
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(id))).toEqual([])
})

test('ids depend on the seed, the kind and the number alone', () => {
  const alone = draw(new Entropy('a'), 'job', 300)
  const mixed = new Entropy('a')
  expect(alone.map(() => draw(mixed, 'request', 3) && mixed.nextId('job'))).toEqual(alone)
})

test('one that goes on after some draws what would have come', () => {
  const all = draw(new Entropy('a'), 'job', 200)
  for (const n of [0, 1, 63, 64, 65, 128, 199]) {
    const before = new Entropy('a')
    draw(before, 'job', n)
    const after = new Entropy('a')
    after.goOn(before.drawn)
    expect(draw(after, 'job', 200 - n), `after ${n}`).toEqual(all.slice(n))
  }
})
