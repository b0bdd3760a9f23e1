import { randomUUID } from 'node:crypto'

/** Two ids that a loose comparison takes for one. */
export interface OtherId {
  /** What they differ in. */
  readonly what: string
  readonly ids: () => readonly [string, string]
}

/** The likeliest first. Each pair is made anew, because an id can be used once. */
export const OTHER_IDS: readonly OtherId[] = [
  { what: 'its last character', ids: () => differing(randomUUID(), 'a', 'b') },
  { what: 'the case of a letter', ids: () => differing(randomUUID(), 'x', 'X') },
  { what: 'its 37th character', ids: () => differing(randomUUID(), '-1', '-2') },
  { what: 'its beginning', ids: () => beginning('order-1-', 'order-2-') },
  { what: 'its 65th character', ids: () => differing(filled(64), '1', '2') },
  { what: 'its 129th character', ids: () => differing(filled(128), '1', '2') },
  { what: 'its 255th character', ids: () => differing(filled(254), '1', '2') },
  { what: 'a blank at its end', ids: () => differing(randomUUID(), '', ' ') },
  { what: 'a zero before a number', ids: () => numbers((digits) => [digits, `0${digits}`]) },
  { what: 'the notation of a number', ids: () => numbers((digits) => [`${digits}000`, `${digits}e3`]) },
  { what: 'its letters alone', ids: () => numbers((digits) => [`order-${digits}`, `refund-${digits}`]) },
  { what: 'its punctuation', ids: () => numbers((digits) => [`${digits}-1`, `${digits}1`]) },
  { what: 'what follows a colon', ids: () => differing(randomUUID(), ':1', ':2') },
  { what: 'the form of an accent', ids: () => differing(randomUUID(), 'é', 'e\u0301') },
  { what: 'a compatible character', ids: () => differing(randomUUID(), 'ﬁ', 'fi') },
  { what: 'a character beyond ASCII', ids: () => differing(randomUUID(), '画', '像') },
]

function differing(start: string, one: string, other: string): readonly [string, string] {
  return [start + one, start + other]
}

function beginning(one: string, other: string): readonly [string, string] {
  const end = filled(40)
  return [one + end, other + end]
}

function filled(length: number): string {
  return `${randomUUID()}-`.padEnd(length, 'x')
}

function numbers(pair: (digits: string) => readonly [string, string]): readonly [string, string] {
  return pair(String(1 + Math.floor(Math.random() * 1e12)))
}
