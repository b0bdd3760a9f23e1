import { KEY_HEADER } from './accounts.ts'

const HIDDEN = '<redacted>'
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']
const SECRET_PARAMETER = /^(token|signature|sig|x-amz-signature|x-amz-security-token|(x[-_])?api[-_]?key)$/i
const TOKENS = /([?&](?:token|signature|sig|x-amz-signature|x-amz-security-token)=)[^&"'\s\\]+/gi
const SECRET_FIELD = /("webhook_signing_secret"\s*:\s*")(?:[^"\\]|\\.)*"/g

/** What an archive shows in place of secrets. */
export interface Hide {
  header(name: string, value: string): string
  parameter(name: string, value: string): string
  /** A body or a URL. */
  text(text: string): string
}

export const hideNothing: Hide = { header: (_, value) => value, parameter: (_, value) => value, text: (text) => text }

/** Keys are numbered, so that those who read the archive can still tell accounts apart. */
export function hideSecrets(): Hide {
  const keys = new Map<string, string>()
  const named = (key: string): string => {
    if (!keys.has(key) && keys.size < 10_000) keys.set(key, `<key ${keys.size + 1}>`)
    return keys.get(key) ?? '<key>'
  }
  const text = (text: string): string => {
    let safe = text.replace(TOKENS, `$1${HIDDEN}`).replace(SECRET_FIELD, `$1${HIDDEN}"`)
    // A short key would be found in ordinary words.
    for (const [key, shown] of keys) if (key.length >= 8) safe = safe.replaceAll(key, shown)
    return safe
  }
  return {
    header: (name, value) => {
      const lower = name.toLowerCase()
      if (lower === KEY_HEADER) return named(value)
      return SECRET_HEADERS.includes(lower) ? HIDDEN : text(value)
    },
    parameter: (name, value) => (SECRET_PARAMETER.test(name) ? HIDDEN : text(value)),
    text,
  }
}
