import type { Account } from './account.ts'
import { MisuseError, TakenError } from './misuse-error.ts'
import type { World } from './world.ts'

export interface KeyOwner {
  world: World
  account: Account
}

const MOST_FORMER_KEYS = 1_000

/** The live Worlds behind one door. A request finds its World by its API key. */
export class Worlds {
  /** What the ids of its Worlds, and their keys, begin with: by that a proxy finds the door. */
  readonly prefix: string
  readonly #byId = new Map<string, World>()
  readonly #byKey = new Map<string, KeyOwner>()
  /** Key to id of Worlds that were taken out of service, the latest last. */
  readonly #formerKeys = new Map<string, string>()
  readonly #endings = new Map<World, () => void>()
  #made = 0

  constructor(prefix = '') {
    this.prefix = prefix
  }

  /**
   * @throws {TakenError} if the World's id or one of its keys is already live; then nothing is added
   * @throws {MisuseError} if one of them does not begin with this door's prefix
   */
  add(world: World): void {
    this.assertReachable(world)
    if (this.#byId.has(world.options.id)) throw new TakenError(`a World '${world.options.id}' is already live`)
    const keys = [...world.keys()]
    for (const [key] of keys) this.#assertFree(key, world)
    for (const [key, account] of keys) this.#byKey.set(key, { world, account })
    this.#byId.set(world.options.id, world)
    const unlisten = world.events.on('keys.asked', (keys, account) => {
      for (const key of keys) this.#assertOwn('key', key)
      for (const key of keys) this.#assertFree(key, world)
      for (const key of keys) this.#byKey.set(key, { world, account })
    })
    this.#endings.set(world, unlisten)
  }

  /** Takes a World out of service; whoever still waits for it is told. */
  remove(world: World): void {
    if (this.#byId.get(world.options.id) !== world) return
    this.#byId.delete(world.options.id)
    for (const [key] of world.keys()) {
      this.#byKey.delete(key)
      this.#formerKeys.delete(key)
      this.#formerKeys.set(key, world.options.id)
      if (this.#formerKeys.size > MOST_FORMER_KEYS) this.#formerKeys.delete(this.#formerKeys.keys().next().value ?? '')
    }
    this.#endings.get(world)?.()
    this.#endings.delete(world)
    world.jobs.abandonRequests()
    world.events.emit('removed')
  }

  /** The first of w1, w2 … that was not given out and is free, behind the door's prefix. */
  nextId(): string {
    let id: string
    do id = `${this.prefix}w${++this.#made}`
    while (this.#byId.has(id))
    return id
  }

  /** How many ids were made up. */
  get made(): number {
    return this.#made
  }

  /** Goes on after so many. */
  goOn(made: number): void {
    this.#made = Math.max(this.#made, made)
  }

  get(id: string): World | undefined {
    return this.#byId.get(id)
  }

  find(key: string): KeyOwner | undefined {
    return this.#byKey.get(key)
  }

  /** The id of the World that a key was of until it was taken out of service; `null` if nobody remembers one. */
  formerOwner(key: string): string | null {
    return this.#formerKeys.get(key) ?? null
  }

  [Symbol.iterator](): IterableIterator<World> {
    return this.#byId.values()
  }

  /** @throws {MisuseError} if requests for this World, or with one of its keys, would never come here */
  assertReachable(world: World): void {
    this.#assertOwn('World', world.options.id)
    for (const [key] of world.keys()) this.#assertOwn('key', key)
  }

  #assertOwn(what: string, name: string): void {
    if (name.startsWith(this.prefix)) return
    throw new MisuseError(
      `requests for the ${what} '${name}' go to another shard, by how it begins; expects one ` +
        `that begins with '${this.prefix}'`,
    )
  }

  #assertFree(key: string, world: World): void {
    const owner = this.#byKey.get(key)?.world
    if (!owner) return
    throw new TakenError(
      `the key '${key}' would belong to two live Worlds, '${owner.options.id}' and ` +
        `'${world.options.id}', and a request could not tell them apart; give one of them another ` +
        'key',
    )
  }
}
