import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEYS, keyOf } from '../../src/verify/cases/submit-auth.ts'

test('a key that resembles an account’s is another one for HTTP, however short the account’s is', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'B', '0', '1', '-'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(key, fc.constantFrom(...KEYS.filter((kind) => kind !== 'none' && kind !== 'empty')), (given, kind) => {
      const strange = keyOf(kind, given)
      // There is none of that kind.
      if (strange === undefined) return
      expect(strange?.trim()).not.toBe(given)
      expect(strange?.trim()).not.toBe('')
    }),
  )
})
