import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BookedEntries } from '../../src/engine/booked-entries.ts'
import { LedgerEntry } from '../../src/engine/ledger-entries.ts'

const entry = (seq: number): LedgerEntry =>
  new LedgerEntry({
    seq,
    atMs: 0,
    kind: 'deposit',
    amountMicroUsd: 1,
    subject: null,
    availableMicroUsd: 1,
    reservedMicroUsd: 0,
    spentMicroUsd: 0,
  })

test('an entry is found by its seq, whatever is missing and in whatever order they came', () => {
  const runs = fc.array(fc.tuple(fc.nat(50), fc.nat(10)), { maxLength: 8 })
  fc.assert(
    fc.property(runs, fc.boolean(), (runs, isShuffled) => {
      // Runs without a gap, as of entries of which some were folded away.
      const seqs = [...new Set(runs.flatMap(([from, length]) => Array.from({ length }, (_, i) => from + i + 1)))]
      if (!isShuffled) seqs.sort((a, b) => a - b)
      const entries = new Map(seqs.map((seq) => [seq, entry(seq)]))
      const booked = new BookedEntries()
      for (const each of entries.values()) booked.add(each)
      for (let seq = 0; seq < 65; seq++) expect(booked.get(seq)).toBe(entries.get(seq))
    }),
  )
})
