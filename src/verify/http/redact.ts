/** So short a secret is found in every text by chance; it counts only where it stands alone. */
const SHORT = 8
const WORD = /[\w-]{8,}/g

/** Replaces all that must not be read in a report: keys, secrets, and what signs a URL. */
export class Redactor {
  readonly #own = new Map<string, string>()
  /** The longest first, so that a key that begins another one leaves no rest of it. */
  #inOrder: [string, string][] = []
  /** Of accounts that the run made for itself: hundreds, each looked for as a whole word only. */
  readonly #words = new Map<string, string>()

  /**
   * @param shown stands for it from now on, e.g. `<key>`
   * @param isOwn it is the user's: replaced wherever it stands, in the middle of a word too
   */
  add(secret: string, shown: string, isOwn = false): void {
    if (secret.length === 0 || this.#own.has(secret)) return
    if (!isOwn && /^[\w-]{8,}$/.test(secret)) {
      this.#words.set(secret, shown)
      return
    }
    this.#own.set(secret, shown)
    this.#inOrder = [...this.#own].sort(([a], [b]) => b.length - a.length)
  }

  text(text: string): string {
    let safe = text.replace(/([?&"\s](?:token|signature|sig)=)[^&"\s\\]+/gi, '$1<redacted>')
    if (this.#words.size > 0) safe = safe.replace(WORD, (word) => this.#words.get(word) ?? word)
    for (const [secret, shown] of this.#inOrder) {
      safe = secret.length < SHORT ? safe.replace(asWord(secret), shown) : safe.replaceAll(secret, shown)
    }
    return safe
  }
}

function asWord(secret: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'g')
}
