import { isDeepStrictEqual } from 'node:util'
import { type Exchange, jsonOf, textOf } from './http/exchange.ts'
import type { Breach } from './verdict.ts'

/** One rule being tried: gathers all that is wrong, rather than the first thing. */
export class Trial {
  readonly breaches: Breach[] = []
  readonly notes: Breach[] = []
  readonly exchanges: Set<Exchange> = new Set()
  #looks = 0

  /** How many things were looked at; a case that looked at none has shown nothing. */
  get looks(): number {
    return this.#looks
  }

  /** Puts an exchange into the report of this rule. */
  readonly show = (exchange: Exchange): void => {
    this.exchanges.add(exchange)
  }

  /** All that another trial has shown. */
  add(other: Trial): void {
    this.breaches.push(...other.breaches)
    this.notes.push(...other.notes)
    this.#looks += other.#looks
    for (const exchange of other.exchanges) this.exchanges.add(exchange)
  }

  /** A promise: if it is not kept, the rule is broken. */
  expect(exchange: Exchange | null, isKept: boolean, expected: string, seen: unknown): boolean {
    return this.#look(this.breaches, exchange, isKept, expected, seen)
  }

  /** A choice: if it is made otherwise, that is worth a note. */
  prefer(exchange: Exchange | null, isSo: boolean, expected: string, seen: unknown): boolean {
    return this.#look(this.notes, exchange, isSo, expected, seen)
  }

  /** A promised status. */
  status(exchange: Exchange, status: number, when = ''): boolean {
    return this.expect(exchange, exchange.status === status, `${status}${when && ` ${when}`}`, seenStatus(exchange))
  }

  /** A refusal whose exact status is only a choice. */
  refused(exchange: Exchange, preferred: number, when: string): boolean {
    const isRefused = exchange.status >= 400 && exchange.status < 500
    if (!this.expect(exchange, isRefused, `${preferred} ${when}`, seenStatus(exchange))) return false
    return this.prefer(exchange, exchange.status === preferred, `${preferred} ${when}`, seenStatus(exchange))
  }

  /** The same JSON value. */
  equal(exchange: Exchange | null, actual: unknown, wanted: unknown, what: string): boolean {
    return this.expect(exchange, isDeepStrictEqual(actual, wanted), `${what} to be ${show(wanted)}`, show(actual))
  }

  #look(list: Breach[], exchange: Exchange | null, isKept: boolean, expected: string, seen: unknown): boolean {
    this.#looks += 1
    if (exchange !== null) this.exchanges.add(exchange)
    if (!isKept)
      list.push({ expected, seen: typeof seen === 'string' ? seen : show(seen), exchange: exchange?.id ?? null })
    return isKept
  }
}

const SHOWN_CHARACTERS = 400

/** A value as it stands in a report. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

export function seenStatus(exchange: Exchange): string {
  if (exchange.status < 400) return String(exchange.status)
  const body = jsonOf(exchange) === undefined ? textOf(exchange) : show(jsonOf(exchange))
  return `${exchange.status} ${body.slice(0, SHOWN_CHARACTERS)}`.trim()
}
