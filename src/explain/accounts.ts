import type { Exchange } from './exchange.ts'

export const KEY_HEADER = 'x-api-key'

/** What recorders write in place of what they leave out; `<key of alice>` and `<key 1>` still tell keys apart. */
const LEFT_OUT = /^(<(?!key )[^>]*>|\*+|\[?(redacted|removed|hidden|filtered|masked)\]?|x+)$/i

/** How an exchange names its account: by the recorder's word, or by its key. `null` if the recording does not tell. */
export function labelOf({ account, requestHeaders }: Exchange): string | null {
  if (account !== null) return account
  const key = requestHeaders.get(KEY_HEADER)?.trim()
  return key === undefined || key === '' || LEFT_OUT.test(key) ? null : key
}

/** Tells accounts apart. One account may have several keys, so two keys alone tell nothing. */
export class Accounts {
  readonly #secrets = new Map<string, string>()
  readonly #keyPerAccount: boolean

  /** @param keyPerAccount each key is known to be of an account of its own */
  constructor(keyPerAccount: boolean) {
    this.#keyPerAccount = keyPerAccount
  }

  /** Two webhook secrets are of two accounts. */
  learnSecret(label: string, secret: string): void {
    this.#secrets.set(label, secret)
  }

  secretOf(label: string | null): string | null {
    return label === null ? null : (this.#secrets.get(label) ?? null)
  }

  get secrets(): string[] {
    return [...new Set(this.#secrets.values())]
  }

  /** `null` if it cannot be told. */
  areSame(a: Exchange, b: Exchange): boolean | null {
    const [one, other] = [labelOf(a), labelOf(b)]
    if (one === null || other === null) return null
    if (one === other) return true
    if (this.#keyPerAccount || (a.account !== null && b.account !== null)) return false
    const secrets = [this.#secrets.get(one), this.#secrets.get(other)]
    return secrets.includes(undefined) || secrets[0] === secrets[1] ? null : false
  }
}
