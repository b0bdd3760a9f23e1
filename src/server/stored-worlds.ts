import type { ApiRequest } from '../api/http.ts'
import type { Follow } from '../control-api/events.ts'
import { rememberBeginning } from '../control-api/snapshots.ts'
import type { Sender } from '../deliver/send.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import type { ControlSnapshot } from '../spec/control/index.ts'
import type { Storage } from '../storage/storage.ts'
import { StorageProblem } from '../storage/storage-problem.ts'
import { printable } from '../text/printable.ts'
import type { PathKind } from './path-kind.ts'
import { json, type Outcome, respond } from './respond.ts'
import type { ServerHost } from './server-host.ts'

const NO_REQUEST_ID = '0'.repeat(32)
const AGAIN_MS = 500

/** @returns a sender that sends nothing before what made it due is written */
export function sendOnceWritten(storage: Storage, send: Sender): Sender {
  return async (due, limit) => {
    try {
      await storage.committed()
    } catch (error) {
      return { kind: 'failed', error: (error as Error).message, wallMs: 0 }
    }
    return send(due, limit)
  }
}

/**
 * Answers what the Worlds of a folder are asked. Nothing leaves before all that it tells of is written; where that
 * cannot be done, nothing happened, and nothing is taken on until it can.
 */
export class StoredWorlds {
  readonly #storage: Storage
  readonly #host: ServerHost
  /** Why no World is here; `null` if they are. */
  #problem: StorageProblem | null = null
  #again: NodeJS.Timeout | null = null

  constructor(storage: Storage, host: ServerHost) {
    this.#storage = storage
    this.#host = host
    storage.countBy(() => host.worlds.made)
  }

  /** From now on, a folder that cannot be written is waited for. */
  watch(): void {
    this.#storage.onFailure = (problem) => this.#fail(problem)
  }

  /** Serves what is stored. @throws {StorageProblem} if it cannot be read, or may not be served here */
  async open(): Promise<void> {
    const { worlds } = this.#host
    worlds.goOn(this.#storage.worldsMade)
    const restored = await this.#storage.load((id) => ({
      id,
      keyPrefix: worlds.prefix,
      cdnBaseUrl: this.#host.cdnBaseUrl(id),
    }))
    for (const { world, own, beginning } of restored) {
      try {
        this.#host.add(world, own)
      } catch (cause) {
        if (!(cause instanceof MisuseError)) throw cause
        throw new StorageProblem(`the data folder ${this.#storage.folder}: ${cause.message}`, { cause })
      }
      if (beginning !== null) rememberBeginning(world, JSON.parse(beginning) as ControlSnapshot)
    }
    // Only now, because a callback that is due may ask for any of them.
    for (const { world } of restored) {
      this.#host.enter(world)
      this.#host.leave(world)
    }
  }

  /** Answers once all that the answer tells of is written. */
  answer(kind: PathKind, request: ApiRequest): Outcome | Promise<Outcome> {
    const storage = this.#storage
    if (this.#problem !== null) return this.#refuse(kind, `Nothing happened: ${this.#problem.message}. Try again.`)
    const { failures } = storage
    storage.noteAnswer()
    const outcome = respond(this.#host, kind, request)
    if (!(outcome instanceof Promise)) return storage.isClean ? this.#held(outcome) : this.#onceWritten(kind, outcome)
    return outcome.then((made) => {
      if (storage.failures === failures) return storage.isClean ? this.#held(made) : this.#onceWritten(kind, made)
      return this.#refuse(
        kind,
        `It was cut off: ${storage.failure?.message ?? 'the data folder could not be written'}.`,
      )
    })
  }

  /** Writes what is left. */
  close(): void {
    if (this.#again !== null) clearTimeout(this.#again)
    this.#storage.close()
  }

  #onceWritten(kind: PathKind, outcome: Outcome): Promise<Outcome> {
    return this.#storage.committed().then(
      () => this.#held(outcome),
      (error: Error) => this.#refuse(kind, `Nothing happened: ${error.message}. Try again.`),
    )
  }

  /** Events are told once what they tell of is written. */
  #held(outcome: Outcome): Outcome {
    if (!('follow' in outcome)) return outcome
    const follow: Follow = (emit, end) => outcome.follow((event) => this.#storage.whenCommitted(() => emit(event)), end)
    return { follow }
  }

  #refuse(kind: PathKind, detail: string): Outcome {
    if (kind === 'control') return json(503, { message: detail })
    return this.#host.api.refuse(NO_REQUEST_ID, { kind: 'unavailable', detail })
  }

  /** What is in memory has gone further than what is written, so that none of it counts. */
  #fail(problem: StorageProblem): void {
    this.#problem = problem
    console.error(`phota-mock: ${printable(problem.message)}. Requests are refused with 503 until it can be written.`)
    for (const world of [...this.#host.worlds]) this.#host.remove(world)
    this.#tryLater()
  }

  #tryLater(): void {
    if (this.#again !== null) clearTimeout(this.#again)
    this.#again = setTimeout(() => {
      this.#tryAgain().catch((error: Error) => {
        console.error(`phota-mock: ${printable(error.message)}`)
        for (const world of [...this.#host.worlds]) this.#host.remove(world)
        this.#tryLater()
      })
    }, AGAIN_MS).unref()
  }

  async #tryAgain(): Promise<void> {
    if (!this.#storage.canWrite()) {
      this.#tryLater()
      return
    }
    await this.open()
    this.#problem = null
    console.error('phota-mock: the data folder can be written again; the Worlds are as they were when it last was.')
  }
}
