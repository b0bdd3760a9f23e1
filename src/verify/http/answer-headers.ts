/**
 * The headers of an answer, to be read: names in any case, values of the same name joined. Not a `Headers`, because
 * making one takes longer than all else that is done with an answer.
 */
export class AnswerHeaders implements Iterable<[string, string]> {
  readonly #values = new Map<string, string>()

  /** @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them */
  constructor(raw: readonly string[] = []) {
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = (raw[at] as string).toLowerCase()
      const value = raw[at + 1] as string
      const before = this.#values.get(name)
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`)
    }
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  /** In lower case. */
  keys(): Iterable<string> {
    return this.#values.keys()
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries()
  }
}

export const NO_HEADERS: AnswerHeaders = new AnswerHeaders()
