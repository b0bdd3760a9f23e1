import { hash } from 'node:crypto'

/**
 * All chance in a World, derived from its seed.
 *
 * Each kind of thing is counted by itself, so that one more request id, say, moves no job id.
 */
export class Entropy {
  readonly seed: string
  readonly #drawn: Map<string, number> = new Map()

  constructor(seed: string) {
    this.seed = seed
  }

  /** The next id of a kind: 32 lowercase hex digits, as of a v4 UUID: submit.job-id-opaque. */
  nextId(kind: string): string {
    const n = (this.#drawn.get(kind) ?? 0) + 1
    this.#drawn.set(kind, n)
    return toUuidHex(hash('sha256', `${this.seed}\n${kind}\n${n}`, 'hex'))
  }

  /** How many of each kind were drawn. */
  get drawn(): [kind: string, n: number][] {
    return [...this.#drawn]
  }

  /** Goes on after so many. */
  goOn(drawn: readonly (readonly [string, number])[]): void {
    for (const [kind, n] of drawn) this.#drawn.set(kind, n)
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

function toUuidHex(digest: string): string {
  const variant = '89ab'[Number.parseInt(digest[16] ?? '0', 16) & 3]
  return `${digest.slice(0, 12)}4${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`
}
