import { createHash, hash } from 'node:crypto'

const ID_BYTES = 16
const HEX_DIGITS = 2 * ID_BYTES
const IDS_IN_A_BLOCK = 64

/** How many ids of a kind were drawn, and those of the block that the last one is in. */
interface Drawn {
  n: number
  block: string | null
}

/**
 * All chance in a World, derived from its seed.
 *
 * Each kind of thing is counted by itself, so that one more request id, say, moves no job id.
 */
export class Entropy {
  readonly seed: string
  readonly #drawn: Map<string, Drawn> = new Map()

  constructor(seed: string) {
    this.seed = seed
  }

  /**
   * The next id of a kind: 32 lowercase hex digits, as of a v4 UUID: submit.job-id-opaque.
   *
   * @param isTaken a restored World may hold ids that its seed is still to come to
   */
  nextId(kind: string, isTaken?: (id: string) => boolean): string {
    let id: string
    do id = this.#draw(kind)
    while (isTaken?.(id))
    return id
  }

  #draw(kind: string): string {
    const drawn = this.#drawn.get(kind) ?? { n: 0, block: null }
    if (drawn.n === 0) this.#drawn.set(kind, drawn)
    const index = drawn.n++
    // Many at once, because hashing for each was a quarter of what a poll costs.
    if (index % IDS_IN_A_BLOCK === 0 || drawn.block === null) {
      const block = createHash('shake256', { outputLength: ID_BYTES * IDS_IN_A_BLOCK })
        .update(`${this.seed}\n${kind}\n${Math.floor(index / IDS_IN_A_BLOCK)}`)
        .digest()
      for (let at = 0; at < block.length; at += ID_BYTES) markAsUuid(block, at)
      drawn.block = block.toString('hex')
    }
    const at = (index % IDS_IN_A_BLOCK) * HEX_DIGITS
    return drawn.block.slice(at, at + HEX_DIGITS)
  }

  /** How many of each kind were drawn. */
  get drawn(): [kind: string, n: number][] {
    return Array.from(this.#drawn, ([kind, { n }]) => [kind, n])
  }

  /** Goes on after so many. */
  goOn(drawn: readonly (readonly [string, number])[]): void {
    for (const [kind, n] of drawn) this.#drawn.set(kind, { n, block: null })
  }

  /** 64 hex digits that depend on the seed and `label` alone. */
  secret(label: string): string {
    return hash('sha256', `${this.seed}\nsecret\n${label}`, 'hex')
  }

  /** A number in [0, 1) that depends on the seed and `label` alone. */
  fraction(label: string): number {
    return Number.parseInt(hash('sha256', `${this.seed}\nfraction\n${label}`, 'hex').slice(0, 12), 16) / 2 ** 48
  }
}

/** Puts the version and the variant where a v4 UUID has them. */
function markAsUuid(block: Buffer, at: number): void {
  block[at + 6] = ((block[at + 6] as number) & 0x0f) | 0x40
  block[at + 8] = ((block[at + 8] as number) & 0x3f) | 0x80
}
