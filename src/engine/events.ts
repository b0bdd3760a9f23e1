import type { Account } from './account.ts'
import type { Clock } from './clock.ts'
import type { Attempt, Delivery } from './delivery.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Keeper } from './keeper.ts'
import type { Step } from './step.ts'
import type { Ms } from './timestamp.ts'

/** Something that changed in a World. */
export interface WorldEvent {
  readonly atMs: Ms
  readonly kind: ChangeKind
  /** Empty where it is nobody's. */
  readonly account: string
  /** The id of what changed; of a ledger entry, what it is for. */
  readonly id: string | null
  /** A few words on the outcome: a status, an HTTP code, an amount. */
  readonly detail: string
}

/** Kinds of changes; an API may have more, of what it has of its own. */
export type ChangeKind =
  | 'account.created'
  | 'account.changed'
  | 'job.created'
  | 'job.running'
  | 'job.succeeded'
  | 'job.failed'
  | 'job.canceled'
  | 'job.expired'
  | 'delivery.attempted'
  | 'ledger.booked'
  | 'scenario.added'
  | 'scenario.removed'
  | `${string}.${string}`

/** What listeners of each kind are given. */
export interface Signals {
  /** Every change, in order. */
  change: [event: WorldEvent]
  /** The kind of every change, without the cost of telling more. */
  'change.kind': [kind: ChangeKind]
  /** A request was answered. */
  'request.answered': [entry: JournalEntry]
  /** A callback attempt is over. */
  'attempt.ended': [delivery: Delivery, attempt: Attempt]
  /** A client was told that something is not finished, so it waits for it. */
  'client.waits': [subject: Step]
  /** Keys are about to be given to an account; a listener that throws refuses them all. */
  'keys.asked': [keys: readonly string[], account: Account]
  /** The clock's mode, speed or standstill changed, or a move that was asked for is over. */
  'clock.changed': []
  /** The World was taken out of service. */
  removed: []
}

type Listener<Kind extends keyof Signals> = (...told: Signals[Kind]) => void

/** The one place where one listens to a World. */
export class Events {
  /** What keeps the World, if anything does. */
  keeper: Keeper | null = null
  readonly #clock: Clock
  readonly #listeners: { [Kind in keyof Signals]: Set<Listener<Kind>> } = {
    change: new Set(),
    'change.kind': new Set(),
    'request.answered': new Set(),
    'attempt.ended': new Set(),
    'client.waits': new Set(),
    'keys.asked': new Set(),
    'clock.changed': new Set(),
    removed: new Set(),
  }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns a function that ends the listening */
  on<Kind extends keyof Signals>(kind: Kind, listener: Listener<Kind>): () => void {
    const listeners = this.#listeners[kind]
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  emit<Kind extends keyof Signals>(kind: Kind, ...told: Signals[Kind]): void {
    for (const listener of this.#listeners[kind]) listener(...told)
  }

  /** Whether the words of a change would be heard. */
  get areHeard(): boolean {
    return this.#listeners.change.size > 0
  }

  /** Tells of a change. A day over a million jobs makes millions: nothing is made for nobody. */
  changed(kind: ChangeKind, account: string, id: string | null, detail = ''): void {
    if (this.#listeners['change.kind'].size > 0) this.emit('change.kind', kind)
    if (this.areHeard) this.emit('change', { atMs: this.#clock.nowMs, kind, account, id, detail })
  }
}
