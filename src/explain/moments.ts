import type { JobRecord } from './book.ts'
import { type Exchange, fieldOf } from './exchange.ts'
import type { Order } from './history.ts'

/** RFC 3339, at whatever offset and precision. */
export function isMoment(value: unknown): value is string {
  const form = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/
  return typeof value === 'string' && form.test(value) && !Number.isNaN(momentOf(value))
}

/** Unix ms; NaN for what is no moment. */
export function momentOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value.toUpperCase().replace(' ', 'T')) : Number.NaN
}

/** How far a server's clock may be from the recorder's before nothing can be told by it. */
const ANOTHER_CLOCK_MS = 5 * 60_000
/** How much of a retention two ordinary clocks, and sweeping in steps, may take or add. */
const SLACK_MS = 60_000
/** The same for a server's own record: steps of a few seconds. */
const SWEEP_MS = 15_000

export type Age = 'kept' | 'expired' | 'at the edge' | { readonly untold: string }

/** Tells how old a job was when the server answered, or why that cannot be told. */
export class Moments {
  readonly retentionMs: number
  readonly #order: Order
  readonly #isWallClock: boolean
  /** By API: why time by its clock cannot be told. */
  readonly #movable = new Map<string, string>()

  /** @param isWallClock every server's time is known to pass as the recorder's does */
  constructor(order: Order, { retentionMs, isWallClock }: { retentionMs: number; isWallClock: boolean }) {
    this.#order = order
    this.retentionMs = retentionMs
    this.#isWallClock = isWallClock
  }

  /** A request to a control API: the server's clock may be moved. */
  noteControl(origin: string): void {
    this.#movable.set(origin, 'its clock can be moved by its control API, which the recording shows')
  }

  /** Compares clocks, where the recording has both a submit and what the server says of its time. */
  noteCreated(job: JobRecord, createdAt: unknown): void {
    const submit = job.submits[0]?.exchange
    const createdMs = momentOf(createdAt)
    if (submit?.startMs == null || Number.isNaN(createdMs) || this.#order.isOfServer(submit)) return
    const apartMs = Math.max(submit.startMs - createdMs, createdMs - (submit.endMs ?? submit.startMs))
    if (apartMs <= ANOTHER_CLOCK_MS) return
    const minutes = Math.round(apartMs / 60_000)
    this.#movable.set(originOf(submit), `its clock is ${minutes} minutes from the recorder's`)
  }

  /** How old a job was. Retention may run from the submit or from the end. */
  ageOf(job: JobRecord, at: Exchange): Age {
    const moment = this.#momentOf(at)
    if (typeof moment === 'string') return { untold: moment }
    const sight = job.terminal ?? job.first ?? job.callbacks[0] ?? null
    const submit = job.submits[0]?.exchange ?? null
    const createdMs = momentOf(fieldOf(sight?.job, 'created_at'))
    const completedMs = momentOf(fieldOf(job.terminal?.job ?? job.callbacks[0]?.job, 'completed_at'))
    const isExact = this.#order.isOfServer(at)
    const fromMs = Number.isNaN(createdMs) ? (submit?.startMs ?? Number.NaN) : createdMs
    if (Number.isNaN(fromMs)) return { untold: 'nothing tells when it was submitted' }
    // The server's own record has whole seconds at worst.
    if (moment.latestMs < fromMs + this.retentionMs - (isExact ? 1_000 : SLACK_MS)) return 'kept'
    const isOver = moment.earliestMs > completedMs + this.retentionMs + this.#slackOf(at)
    return isOver ? 'expired' : 'at the edge'
  }

  /** Whether an answer was certainly given after a moment that the server itself has named, by more than sweeping. */
  isCertainlyAfter(exchange: Exchange, ms: number): boolean {
    const moment = this.#momentOf(exchange)
    return typeof moment !== 'string' && moment.earliestMs > ms + this.#slackOf(exchange)
  }

  isCertainlyBefore(exchange: Exchange, ms: number): boolean {
    const moment = this.#momentOf(exchange)
    return typeof moment !== 'string' && moment.latestMs < ms - this.#slackOf(exchange)
  }

  #slackOf(exchange: Exchange): number {
    return this.#order.isOfServer(exchange) ? SWEEP_MS : SLACK_MS
  }

  /** Earliest and latest moment, by the server's clock, of an answer; or why there is none. */
  #momentOf(exchange: Exchange): { earliestMs: number; latestMs: number } | string {
    const { startMs, endMs, responseHeaders } = exchange
    if (this.#order.isOfServer(exchange) && startMs !== null) return { earliestMs: startMs, latestMs: startMs }
    const origin = originOf(exchange)
    const reason = this.#movable.get(origin)
    if (reason !== undefined) return reason
    if (!this.#isWallClock && isLoopback(new URL(exchange.url).hostname)) {
      return 'a server on this machine may have a clock that is moved; if it has none, say --wall-clock'
    }
    const date = Date.parse(responseHeaders.get('date') ?? '')
    if (!Number.isNaN(date)) return { earliestMs: date, latestMs: date + 1_000 }
    if (startMs === null || endMs === null) return 'the recording has no time for this exchange'
    return { earliestMs: startMs, latestMs: endMs }
  }
}

export function originOf({ url }: Exchange): string {
  return new URL(url).origin
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname)
}
