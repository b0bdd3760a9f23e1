import type { Account } from './account.ts'
import type { Downloads } from './downloads.ts'
import type { Flaw } from './flaw.ts'
import { isMistakenFor } from './keys.ts'
import type { ClockMode } from './timeline.ts'
import { World, type WorldOptions } from './world.ts'

export interface Caller {
  readonly world: World
  readonly account: Account
}

export type WorldDefaults = Omit<WorldOptions, 'id' | 'clock' | 'start'> & { readonly skewMs?: number }

interface NewWorld {
  readonly id: string
  readonly clock: ClockMode
  readonly start: number
  readonly pendingMs?: number | undefined
  readonly runningMs?: number | undefined
  readonly retentionMs?: number | undefined
  readonly silenceMs?: number | undefined
}

/** The worlds of one process, found by API key. */
export class Worlds {
  readonly #flaw: Flaw
  readonly #downloads: Downloads
  readonly #defaults: WorldDefaults
  readonly #worlds = new Map<string, World>()
  /** Who was found once; their keys do not change. */
  readonly #holders = new Map<string, Caller>()

  constructor(flaw: Flaw, downloads: Downloads, defaults: WorldDefaults) {
    this.#flaw = flaw
    this.#downloads = downloads
    this.#defaults = defaults
  }

  add(world: NewWorld): World {
    const options = {
      ...this.#defaults,
      id: world.id,
      clock: world.clock,
      start: world.start,
      pendingMs: world.pendingMs ?? this.#defaults.pendingMs,
      runningMs: world.runningMs ?? this.#defaults.runningMs,
      retentionMs: world.retentionMs ?? this.#defaults.retentionMs,
      retryMs: this.#defaults.retryMs,
      silenceMs: world.silenceMs,
    }
    const added = new World(options, this.#flaw, this.#downloads)
    this.#worlds.set(world.id, added)
    return added
  }

  /** What a clock on the wall of this implementation shows. */
  wall(): number {
    return Date.now() + (this.#defaults.skewMs ?? 0)
  }

  all(): World[] {
    return [...this.#worlds.values()]
  }

  get(id: string): World | undefined {
    return this.#worlds.get(id)
  }

  remove(world: World): void {
    world.close()
    this.#worlds.delete(world.id)
  }

  /** Whose key it is, exactly. */
  holderOf(key: string): Caller | undefined {
    const known = this.#holders.get(key)
    if (known !== undefined && this.#worlds.get(known.world.id) === known.world) return known
    const found = this.#find((right) => right === key)
    if (found !== undefined) this.#holders.set(key, found)
    return found
  }

  /** Whose key it is taken for. */
  callerOf(key: string | undefined): Caller | undefined {
    if (key === undefined || key === '') return undefined
    return this.holderOf(key) ?? this.#find((right) => isMistakenFor(key, right, this.#flaw))
  }

  #find(matches: (key: string) => boolean): Caller | undefined {
    for (const world of this.#worlds.values()) {
      for (const account of world.accounts.values()) if (account.keys.some(matches)) return { world, account }
    }
    return undefined
  }

  close(): void {
    for (const world of this.#worlds.values()) world.close()
  }
}
