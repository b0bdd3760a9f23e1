import { isDeepStrictEqual } from 'node:util'
import type { Source } from '../spec/index.ts'
import { type Exchange, jsonOf, textOf } from './http/exchange.ts'
import type { Breach, Check, Tried } from './verdict.ts'

/** What a rule is stated over: each dimension's values by the dimension's name. */
export type Over = Readonly<Record<string, readonly string[]>>

/** One value in some of the dimensions. */
export type Point = Readonly<Record<string, string>>

export interface LookOptions {
  /** Where the promise comes from, if not from where the rule does. */
  readonly source?: Source
  readonly check?: Check
}

/** One rule being tried: gathers all that is wrong, rather than the first thing. */
export class Trial {
  readonly breaches: Breach[] = []
  readonly exchanges: Set<Exchange> = new Set()
  readonly #source: Source
  readonly #over: Over
  readonly #tried = new Map<string, Set<string>>()
  readonly #reasons = new Map<string, string>()
  #restReason = 'it did not come up'
  #looks = 0

  /** @param source where the rule comes from */
  constructor(source: Source = 'guide', over: Over = {}) {
    this.#source = source
    this.#over = over
  }

  /** How many things were looked at; a case that looked at none has shown nothing. */
  get looks(): number {
    return this.#looks
  }

  /** Puts an exchange into the report of this rule. */
  readonly show = (exchange: Exchange): void => {
    this.exchanges.add(exchange)
  }

  /** What another trial has shown. @param breaches those of it that are to count */
  add(other: Trial, breaches: readonly Breach[]): void {
    this.breaches.push(...breaches)
    this.#looks += other.#looks
    for (const exchange of other.exchanges) this.exchanges.add(exchange)
  }

  /** The rule was tried there. Dimensions that it is not stated over are left out. */
  mark(point: Point): void {
    for (const [dimension, value] of Object.entries(point)) {
      if (!this.#over[dimension]?.includes(value)) continue
      const values = this.#tried.get(dimension) ?? new Set()
      this.#tried.set(dimension, values.add(value))
    }
  }

  /** The rule could not be tried there; the first reason counts. */
  leave(point: Point, reason: string): void {
    for (const [dimension, value] of Object.entries(point)) {
      const key = `${dimension}=${value}`
      if (!this.#reasons.has(key)) this.#reasons.set(key, reason)
    }
  }

  /** Why whatever is not told otherwise was not tried. */
  leaveRest(reason: string): void {
    this.#restReason = reason
  }

  /** What it was tried over, each dimension in turn. */
  get tried(): Tried[] {
    return Object.entries(this.#over).map(([dimension, of]) => {
      const values = of.filter((value) => this.#tried.get(dimension)?.has(value))
      const missing = of
        .filter((value) => !values.includes(value))
        .map((value) => ({ value, reason: this.#reasons.get(`${dimension}=${value}`) ?? this.#restReason }))
      return { dimension, of, values, missing }
    })
  }

  /** A promise: if it is not kept, the rule is broken. */
  expect(
    exchange: Exchange | null,
    isKept: boolean,
    expected: string,
    seen: unknown,
    { source = this.#source, check }: LookOptions = {},
  ): boolean {
    this.#looks += 1
    if (exchange !== null) this.exchanges.add(exchange)
    if (!isKept) {
      const text = typeof seen === 'string' ? seen : show(seen)
      this.breaches.push({ expected, seen: text, exchange: exchange?.id ?? null, source, check: check ?? null })
    }
    return isKept
  }

  /** A choice: if it is made otherwise, that is worth a note. */
  prefer(exchange: Exchange | null, isSo: boolean, expected: string, seen: unknown): boolean {
    return this.expect(exchange, isSo, expected, seen, { source: 'choice' })
  }

  /** A promised status. */
  status(exchange: Exchange, status: number, when = '', options: LookOptions = {}): boolean {
    const check: Check = { kind: 'status', wanted: [status] }
    const expected = `${status}${when && ` ${when}`}`
    return this.expect(exchange, exchange.status === status, expected, seenStatus(exchange), { check, ...options })
  }

  /** A refusal whose exact status is only a choice. */
  refused(exchange: Exchange, statuses: readonly number[], when: string, options: LookOptions = {}): boolean {
    const check: Check = { kind: 'status', wanted: statuses }
    const isRefused = statuses.includes(exchange.status)
    const expected = `${statuses.join(' or ')} ${when}`
    return this.expect(exchange, isRefused, expected, seenStatus(exchange), { check, ...options })
  }

  /** The same JSON value. */
  equal(exchange: Exchange | null, actual: unknown, wanted: unknown, what: string): boolean {
    return this.expect(exchange, isDeepStrictEqual(actual, wanted), `${what} to be ${show(wanted)}`, show(actual))
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
