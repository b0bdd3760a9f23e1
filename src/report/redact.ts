/** A secret this short occurs in any text by chance, so it is replaced only where it is a whole word. */
const SHORT = 8
const WORD = /[\w-]{8,}/g

/** Replaces everything secret in texts for reports: keys, webhook secrets, and tokens in URLs. */
export class Redactor {
  readonly #own = new Map<string, string>()
  /** Longest first: if one key is the beginning of another, the longer one must be replaced first. */
  #inOrder: [string, string][] = []
  /** Secrets of accounts that the run made. There are hundreds, so they are replaced as whole words only. */
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
