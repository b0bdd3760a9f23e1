import type { Api } from '../api/api.ts'
import type { Worlds } from '../engine/worlds.ts'
import { operations as controlOperations } from '../spec/control/index.ts'

const HIDDEN = '<redacted>'

/** JSON fields that hold a secret, in letters only: `API_KEY`, `apiKey` and `X-API-Key` are one. */
const SECRET_FIELD = /(?:secrets?|tokens?|password|passwd|keys?|authorization|credentials?)$/
/** A job's, and a delivery's. */
const CALLBACK_FIELD = /^(?:callback)?url$/

const NONE: ReadonlySet<string> = new Set()

const URLS = /https?:\/\/[^\s"'<>]+/gi
const URL_PARTS = /^(https?:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?/i
const QUOTED = /'([^']*)'/g
const WORDS = /[\w-]+(?:[.~+%][\w-]+)*/g
/** A shorter key would be found in ordinary sentences; alone in its place it is hidden whatever its length. */
const SHORTEST_WORD = 8
/** Webhook secrets have this form, the rotated ones too, and nothing else has. */
const WEBHOOK_SECRET = /^[0-9a-f]{64}$/i
const UNKNOWN_KEY = 'The API key is unknown.'

/**
 * Hides what must not leave this machine in a log or an archive. A value is judged by the place where it stands: a
 * query parameter, a JSON field, the credentials of a URL. A key of any live World is hidden wherever it is a whole
 * value or word.
 */
export class Redactor {
  readonly #worlds: Worlds
  /** The query parameters that are shown: those of both descriptions, and when a download URL expires. */
  readonly #shown: ReadonlySet<string>

  constructor(worlds: Worlds, { operations }: Api) {
    this.#worlds = worlds
    const documented = [...Object.values(operations), ...Object.values(controlOperations)]
    this.#shown = new Set(['expires', ...documented.flatMap(({ queryParameters }) => Object.keys(queryParameters))])
  }

  /** A path and its query, as asked for. */
  path(pathAndQuery: string): string {
    const at = pathAndQuery.indexOf('?')
    const path = at < 0 ? pathAndQuery : pathAndQuery.slice(0, at)
    return this.#segments(path) + (at < 0 ? '' : this.#query(pathAndQuery.slice(at), this.#shown))
  }

  /** A callback URL: nobody but its receiver knows what of its query is secret, so none of it is shown. */
  callbackUrl(text: string): string {
    return URL.canParse(text) ? this.#url(new URL(text).href, NONE) : HIDDEN
  }

  /** A JSON body, without its spaces; what is no JSON cannot be judged, so it is left out. */
  body(text: string): string {
    if (text === '') return ''
    try {
      return JSON.stringify(this.#value('', JSON.parse(text)))
    } catch {
      return '<no JSON>'
    }
  }

  /** A sentence. */
  prose(text: string): string {
    return text
      .replace(URLS, (url) => this.#url(url, this.#shown))
      .replace(QUOTED, (whole, value: string) => (this.#worlds.find(value) ? `'${this.#named(value)}'` : whole))
      .replace(WORDS, (word) => (word.length < SHORTEST_WORD ? word : this.#named(word)))
  }

  #value(field: string, value: unknown): unknown {
    if (value === null || typeof value === 'boolean') return value
    const letters = field.toLowerCase().replace(/[^a-z]/g, '')
    if (SECRET_FIELD.test(letters)) return HIDDEN
    if (typeof value === 'string') {
      if (CALLBACK_FIELD.test(letters)) return this.callbackUrl(value)
      // Its hint is a list of keys.
      if (value.startsWith(UNKNOWN_KEY)) return UNKNOWN_KEY
      return this.#text(value)
    }
    if (Array.isArray(value)) return value.map((each) => this.#value(field, each))
    if (typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [this.#text(name), this.#value(name, each)]))
  }

  #url(text: string, shown: ReadonlySet<string>): string {
    const [, scheme = '', authority = '', path = '', query = ''] = URL_PARTS.exec(text) ?? []
    const at = authority.lastIndexOf('@')
    const host = at < 0 ? authority : `${HIDDEN}${authority.slice(at)}`
    return scheme === '' ? HIDDEN : scheme + host + this.#segments(path) + this.#query(query, shown)
  }

  #segments(path: string): string {
    const safe = (segment: string): string => {
      const plain = decode(segment)
      const text = this.#text(plain)
      return text === plain ? segment : text
    }
    return path.split('/').map(safe).join('/')
  }

  #query(query: string, shown: ReadonlySet<string>): string {
    const safe = (part: string): string => {
      const [name = '', value] = part.split('=', 2)
      if (value === undefined) return part === '' ? '' : HIDDEN
      return shown.has(name) ? `${name}=${this.#segments(value)}` : `${this.#segments(name)}=${HIDDEN}`
    }
    return query === '' ? '' : `?${query.slice(1).split('&').map(safe).join('&')}`
  }

  #text(text: string): string {
    return this.#worlds.find(text) ? this.#named(text) : this.prose(text)
  }

  #named(value: string): string {
    const owner = this.#worlds.find(value)
    if (owner) return `<key of ${owner.account.id}>`
    return WEBHOOK_SECRET.test(value) ? HIDDEN : value
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
