import type { ExchangeRecord } from '../report/exchange-record.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { VERDICTS } from '../report/verdict.ts'
import { fileProblem } from '../text/file-problem.ts'
import { criteria, criterion } from './criteria.ts'
import { type ExpiringJob, TICKET_VERSION, type Ticket } from './ticket.ts'
import type { Breach, Check, Finding, Tried } from './verdict.ts'

/** A hundred years: so far from now, a time or a duration was not written by a run. */
const LONGEST_MS = 100 * 365 * 86_400_000
const LATEST_MS = Date.UTC(2100, 0)
const MOST_MICRO_USD = 1e12

/** @throws {UsageProblem} if the text is no ticket that a run could have left */
export function readTicket(text: string, file: string): Ticket {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new UsageProblem(`--resume ${file}: it is no JSON (${fileProblem(error)}), so nothing can be resumed`)
  }
  try {
    return ticket(new Field('', json))
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    throw new UsageProblem(
      `--resume ${file}: ${error.message}. Nothing can be resumed; run verify with --report again for a new ticket`,
    )
  }
}

class Mistake extends Error {}

function ticket(field: Field): Ticket {
  const version = field.object().at('version')
  if (version.value !== TICKET_VERSION) {
    throw new Mistake(`it is no ticket of version ${TICKET_VERSION}, which this phota-mock reads`)
  }
  const rules = field.at('rules').list((rule) => rule.oneOf(DEFERRABLE))
  if (field.at('jobs').list(job).length === 0) field.at('jobs').refuse('the jobs whose expiry is waited for')
  if (rules.length === 0 || new Set(rules).size < rules.length) field.at('rules').refuse('each rule that is left, once')
  const findings = field.at('findings').list(finding)
  if (new Set(findings.map(({ id }) => id)).size < findings.length) field.at('findings').refuse('each rule once')
  return {
    version: TICKET_VERSION,
    url: url(field.at('url')),
    accounts: {
      salt: field
        .at('accounts')
        .at('salt')
        .matching(/^[0-9a-f]{32}$/, '32 hex digits'),
      key: fingerprint(field.at('accounts').at('key')),
      otherKey: fingerprint(field.at('accounts').at('otherKey')),
      brokeKey: fingerprint(field.at('accounts').at('brokeKey')),
    },
    retentionMs: field.at('retentionMs').number(1, LONGEST_MS),
    startedMs: field.at('startedMs').number(0, LATEST_MS),
    rules,
    jobs: field.at('jobs').list(job),
    findings,
    spentMicroUsd: field.at('spentMicroUsd').number(0, MOST_MICRO_USD),
  }
}

/** Only what takes a day is ever left to a ticket. */
const DEFERRABLE = criteria.filter(({ needs }) => needs.flat().includes('day')).map(({ id }) => id)
const IDS = criteria.map(({ id }) => id)

function url(field: Field): string {
  const text = field.matching(/^https?:\/\/[\x21-\x7e]+$/, 'an http or https URL')
  return URL.canParse(text) ? text : field.refuse('an http or https URL')
}

function fingerprint(field: Field): string | null {
  return field.value === null ? null : field.matching(/^[0-9a-f]{64}$/, '64 hex digits, or null')
}

function job(field: Field): ExpiringJob {
  const read = {
    jobId: field.at('jobId').matching(/^\P{C}+$/u, 'the id of a job'),
    submittedMs: field.at('submittedMs').number(0, LATEST_MS),
    finishedAfterMs: field.at('finishedAfterMs').number(0, LATEST_MS),
    finishedBeforeMs: field.at('finishedBeforeMs').number(0, LATEST_MS),
    point: headers(field.at('point')),
    terminal: field.at('terminal').object().value,
  }
  const isInOrder = read.submittedMs <= read.finishedAfterMs && read.finishedAfterMs <= read.finishedBeforeMs
  return isInOrder ? read : field.refuse('times that follow each other')
}

function finding(field: Field): Finding {
  const read: Finding = {
    id: field.at('id').oneOf(IDS),
    verdict: field.at('verdict').oneOf(VERDICTS),
    reason: field.at('reason').orNull((reason) => reason.text()),
    breaches: field.at('breaches').list(breach),
    tried: field.at('tried').list(tried),
    exchanges: field.at('exchanges').list(exchange),
    durationMs: field.at('durationMs').number(0, LONGEST_MS),
  }
  const isTold = read.verdict === 'failed' || read.verdict === 'note' ? read.breaches.length > 0 : true
  if (!isTold) field.at('breaches').refuse(`what was wrong, because ${criterion(read.id).id} is ${read.verdict}`)
  if (read.reason === null && ['skipped', 'error'].includes(read.verdict)) field.at('reason').refuse('a text')
  return read
}

function breach(field: Field): Breach {
  return {
    expected: field.at('expected').text(),
    seen: field.at('seen').text(),
    exchange: field.at('exchange').orNull((number) => number.integer(1, 1e9)),
    source: field.at('source').oneOf(['guide', 'reference', 'choice'] as const),
    check: field.at('check').orNull(check),
  }
}

function check(field: Field): Check {
  const kind = field.at('kind').oneOf(['status', 'body', 'count', 'job'] as const)
  switch (kind) {
    case 'status':
      return { kind, wanted: field.at('wanted').list((status) => status.integer(100, 599)) }
    case 'body':
      return { kind, pattern: field.at('pattern').text(), isWanted: field.at('isWanted').boolean() }
    case 'count':
      return { kind, pattern: field.at('pattern').text(), wanted: field.at('wanted').integer(0) }
    case 'job':
      return { kind, of: field.at('of').integer(1, 1e9), isSame: field.at('isSame').boolean() }
    default:
      return kind satisfies never
  }
}

function tried(field: Field): Tried {
  return {
    dimension: field.at('dimension').text(),
    of: field.at('of').list((value) => value.text()),
    values: field.at('values').list((value) => value.text()),
    missing: field.at('missing').list((one) => ({ value: one.at('value').text(), reason: one.at('reason').text() })),
  }
}

function exchange(field: Field): ExchangeRecord {
  const request = field.at('request')
  return {
    id: field.at('id').integer(1, 1e9),
    direction: field.at('direction').oneOf(['sent', 'received'] as const),
    operation: field.at('operation').text(),
    at: field.at('at').matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'a time in UTC'),
    durationMs: field.at('durationMs').number(0, LONGEST_MS),
    request: {
      method: request.at('method').text(),
      url: request.at('url').text(),
      headers: headers(request.at('headers')),
      body: request.at('body').orNull((body) => body.text()),
    },
    response: field.at('response').orNull((response) => ({
      status: response.at('status').integer(100, 999),
      headers: headers(response.at('headers')),
      body: response.at('body').text(),
      bodyBytes: response.at('bodyBytes').integer(0),
    })),
    problem: field.at('problem').orNull((problem) => problem.text()),
  }
}

function headers(field: Field): Record<string, string> {
  const names = Object.keys(field.object().value as object)
  return Object.fromEntries(names.map((name) => [name, field.at(name).text()]))
}

/** One place in the ticket: every reader of it says what should have stood there. */
class Field {
  readonly value: unknown
  readonly #path: string

  constructor(path: string, value: unknown) {
    this.#path = path
    this.value = value
  }

  refuse(expected: string): never {
    const shown = JSON.stringify(this.value)?.slice(0, 80) ?? 'nothing'
    throw new Mistake(`${this.#path || 'it'} expects ${expected}, received ${shown}`)
  }

  object(): this {
    const { value } = this
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? this : this.refuse('an object')
  }

  /** One of its fields. */
  at(name: string): Field {
    const { value } = this.object()
    const path = this.#path === '' ? name : `${this.#path}.${name}`
    return new Field(path, Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined)
  }

  list<Item>(read: (item: Field) => Item): Item[] {
    const { value } = this
    if (!Array.isArray(value)) return this.refuse('a list')
    return value.map((item, nth) => read(new Field(`${this.#path}[${nth}]`, item)))
  }

  orNull<Value>(read: (field: Field) => Value): Value | null {
    return this.value === null ? null : read(this)
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.refuse('a text')
  }

  matching(pattern: RegExp, expected: string): string {
    return typeof this.value === 'string' && pattern.test(this.value) ? this.value : this.refuse(expected)
  }

  oneOf<Value extends string>(values: readonly Value[]): Value {
    const found = values.find((value) => value === this.value)
    return found ?? this.refuse(values.length > 8 ? 'the id of a rule' : `one of ${values.join(', ')}`)
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.refuse('true or false')
  }

  integer(from: number, to: number = Number.MAX_SAFE_INTEGER): number {
    return Number.isSafeInteger(this.value) ? this.number(from, to) : this.refuse('a whole number')
  }

  number(from: number, to: number): number {
    const { value } = this
    const isWithin = typeof value === 'number' && value >= from && value <= to
    return isWithin ? value : this.refuse(`a number from ${from} to ${to}`)
  }
}
