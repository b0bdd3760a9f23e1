/** So short a secret is found in every text by chance; it counts only where it stands alone. */
const SHORT = 8

/** Replaces all that must not be read in a report: keys, secrets, and what signs a URL. */
export class Redactor {
  readonly #secrets = new Map<string, string>()
  /** The longest first, so that a key that begins another one leaves no rest of it. */
  #inOrder: [string, string][] = []

  /** @param shown stands for it from now on, e.g. `$PHOTA_KEY` */
  add(secret: string, shown: string): void {
    if (secret.length === 0 || this.#secrets.has(secret)) return
    this.#secrets.set(secret, shown)
    this.#inOrder = [...this.#secrets].sort(([a], [b]) => b.length - a.length)
  }

  text(text: string): string {
    let safe = text.replace(/([?&"\s](?:token|signature|sig)=)[^&"\s\\]+/gi, '$1<redacted>')
    for (const [secret, shown] of this.#inOrder) {
      safe = secret.length < SHORT ? safe.replace(asWord(secret), shown) : safe.replaceAll(secret, shown)
    }
    return safe
  }
}

function asWord(secret: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'g')
}
