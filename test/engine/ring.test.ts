import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from '../../src/engine/ring.ts'

interface Entry {
  size: number
}

test('a ring never holds more bytes than it may, though its entries grow, but always the newest entry', () => {
  const action = fc.oneof(
    fc.record({ push: fc.nat({ max: 40 }) }),
    fc.record({ grow: fc.nat({ max: 40 }), back: fc.nat({ max: 4 }) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
      const ring = new Ring<Entry>({ entries: 5, bytes: 100 }, ({ size }) => size)
      const all: Entry[] = []
      for (const step of actions) {
        if ('push' in step) {
          all.push({ size: step.push })
          ring.push(all.at(-1) as Entry)
        } else {
          const entry = all.at(-1 - step.back)
          if (!entry) continue
          entry.size += step.grow
          ring.recount(entry)
        }
        const kept = [...ring]
        expect(kept).toEqual(all.slice(all.length - kept.length))
        expect(kept.length).toBeLessThanOrEqual(5)
        expect(kept.length === 1 || kept.reduce((sum, { size }) => sum + size, 0) <= 100).toBe(true)
      }
      if (all.length > 0) expect([...ring].at(-1)).toBe(all.at(-1))
    }),
  )
})
