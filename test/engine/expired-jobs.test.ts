import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAccount } from '../../src/engine/account.ts'
import { ExpiredJobs } from '../../src/engine/expired-jobs.ts'

const owners = ['alice', 'bob', 'carol'].map((id) => createAccount({ id, webhookSecret: '' }))
const hexId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 })
// Many that collide in the words that are hashed, and some that a fixture spells otherwise.
const id = fc.oneof(
  hexId,
  hexId.map((hex) => `00000000${hex.slice(8)}`),
  fc.string({ minLength: 1, maxLength: 40 }),
)

describe('expired jobs', () => {
  test('are what a map of them is: each with its owner, in their order, and none besides', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(id, { maxLength: 300 }),
        fc.array(id, { maxLength: 20 }),
        fc.nat({ max: 2 }),
        (ids, strangers, shift) => {
          const expired = new ExpiredJobs()
          const model = new Map(ids.map((id, i) => [id, owners[(i + shift) % owners.length]]))
          for (const [id, owner] of model) expired.add(id, owner as never)
          expect(expired.size).toBe(model.size)
          for (const id of [...ids, ...strangers]) expect(expired.ownerOf(id)).toBe(model.get(id))
          const isHex = ([id]: [string, unknown]) => /^[0-9a-f]{32}$/.test(id)
          const [hex, odd] = [[...model].filter(isHex), [...model].filter((entry) => !isHex(entry))]
          expect([...expired]).toEqual([...hex, ...odd])
        },
      ),
    )
  })
})
