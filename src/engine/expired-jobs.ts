import type { Account } from './account.ts'

const WORDS = 4
const HEX_ID = /^[0-9a-f]{32}$/
const FREE = 0

/**
 * The ids of jobs that are gone, and whose they were: all that their last answer needs, in some 40 bytes a job.
 *
 * An id is kept as the 16 bytes that it spells, found by hashing and never removed. One that a fixture spells otherwise
 * is kept as it is.
 */
export class ExpiredJobs {
  readonly #owners: Account[] = []
  readonly #ownerNumbers = new Map<Account, number>()
  readonly #odd = new Map<string, Account>()
  #count = 0
  // In the order of their expiry: an id's four words, and its owner's number.
  #ids = new Uint32Array(WORDS * 64)
  #ownerOf = new Uint32Array(64)
  // Hash slots: a place in the lists above, counted from 1; at most half of them are taken.
  #slots = new Uint32Array(128)

  get size(): number {
    return this.#count + this.#odd.size
  }

  add(id: string, owner: Account): void {
    if (!HEX_ID.test(id)) {
      this.#odd.set(id, owner)
      return
    }
    if (this.#count === this.#ownerOf.length) this.#grow()
    const place = this.#count++
    for (let i = 0; i < WORDS; i++) this.#ids[place * WORDS + i] = word(id, i)
    this.#ownerOf[place] = this.#numberOf(owner)
    this.#index(place)
  }

  ownerOf(id: string): Account | undefined {
    if (!HEX_ID.test(id)) return this.#odd.get(id)
    const mask = this.#slots.length - 1
    for (let slot = word(id, 0) & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] as number
      if (at === FREE) return undefined
      if (this.#isAt(at - 1, id)) return this.#owners[this.#ownerOf[at - 1] as number]
    }
  }

  *[Symbol.iterator](): IterableIterator<[id: string, owner: Account]> {
    for (let place = 0; place < this.#count; place++) {
      yield [this.#idAt(place), this.#owners[this.#ownerOf[place] as number] as Account]
    }
    yield* this.#odd
  }

  #isAt(place: number, id: string): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#ids[place * WORDS + i] !== word(id, i)) return false
    return true
  }

  #idAt(place: number): string {
    let id = ''
    for (let i = 0; i < WORDS; i++) id += (this.#ids[place * WORDS + i] as number).toString(16).padStart(8, '0')
    return id
  }

  #numberOf(owner: Account): number {
    let number = this.#ownerNumbers.get(owner)
    if (number === undefined) {
      number = this.#owners.push(owner) - 1
      this.#ownerNumbers.set(owner, number)
    }
    return number
  }

  #index(place: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#ids[place * WORDS] as number) & mask
    while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask
    this.#slots[slot] = place + 1
  }

  #grow(): void {
    const room = this.#ownerOf.length * 2
    this.#ids = copied(this.#ids, room * WORDS)
    this.#ownerOf = copied(this.#ownerOf, room)
    this.#slots = new Uint32Array(room * 2)
    for (let place = 0; place < this.#count; place++) this.#index(place)
  }
}

/** Ids are random to begin with, so that a part of one is as good as a hash of it. */
function word(id: string, i: number): number {
  return Number.parseInt(id.slice(8 * i, 8 * i + 8), 16)
}

function copied(from: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length)
  to.set(from)
  return to
}
