import { toBaseUrl } from './base-url.ts'
import { isHostPattern } from './callback-target.ts'
import type { Dialect } from './dialect.ts'
import { checkFields, type Field, type Fields, isRecord, NAME, oneOf, TEXT } from './fields.ts'
import type { KeepLimits } from './ring.ts'
import type { Ms } from './timestamp.ts'

/** What can be chosen about every World, at its start and never after; an API may have more. */
export interface WorldOptions {
  /** Names the World among others. */
  id: string
  /** Same seed, same commands, same times: same bytes. */
  seed: string
  /** What the clock shows at first. @default 2026-06-22T12:00:00Z */
  startMs: Ms
  /** How long a job waits before it runs. @default 2 s */
  pendingMs: Ms
  /** How long it then runs. @default 16 s */
  runningMs: Ms
  /** How long a result is kept after its job finished, whole seconds. @default 24 h: poll.retained, poll.expired */
  retentionMs: Ms
  /** The work of a synchronous request that takes longer fails. @default 600 s: submit.longer-budget */
  syncLimitMs: Ms
  /** An asynchronous job that takes longer fails with TIMEOUT. @default 1,800 s */
  asyncLimitMs: Ms
  /** Waits before the second, third … attempt of a callback. @default 1, 5, 25 s: callback.retry */
  callbackRetryMs: readonly Ms[]
  /** How long a receiver may take. @default 10 s */
  callbackTimeoutMs: Ms
  /**
   * Hosts that may be called besides loopback, without scheme or port; `*.app.test` is every subdomain, `*` all.
   * @default none
   */
  allowCallbackHosts: readonly string[]
  /** Refuse `http:` callback URLs even to loopback. @default false: submit.callback-https */
  httpsCallbacksOnly: boolean
  /** What keys begin with that nobody named, for a router to go by. @default '' */
  keyPrefix: string
  /** Where files are served: an http or https URL without query, fragment and user. @default the API's own */
  cdnBaseUrl: string
  /** How much journal and how many finished deliveries are kept; `'everything'` also keeps every ledger entry. */
  keep: KeepLimits | 'everything'
}

const MS: Field = {
  expects: 'whole milliseconds of 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
}
const LIMIT: Field = {
  expects: `${MS.expects}, or Infinity`,
  accepts: (value) => value === Number.POSITIVE_INFINITY || MS.accepts(value),
}
const BOOLEAN: Field = oneOf(true, false)

/** What each option may hold. */
export const OPTION_FIELDS: Fields<WorldOptions> = {
  id: NAME,
  seed: TEXT,
  startMs: { expects: 'whole milliseconds since 1970', accepts: Number.isSafeInteger },
  pendingMs: MS,
  runningMs: MS,
  retentionMs: {
    expects: 'whole seconds above 0, as URLs expire by the second, in milliseconds',
    accepts: (value) => MS.accepts(value) && value !== 0 && (value as number) % 1000 === 0,
  },
  syncLimitMs: LIMIT,
  asyncLimitMs: LIMIT,
  callbackRetryMs: {
    expects: 'a list of whole milliseconds',
    accepts: (value) => Array.isArray(value) && value.every(MS.accepts),
  },
  callbackTimeoutMs: { expects: 'whole milliseconds above 0', accepts: (value) => MS.accepts(value) && value !== 0 },
  allowCallbackHosts: {
    expects: "a list of hosts without scheme or port, such as 'app.test', '*.app.test' or '*'",
    accepts: (value) => Array.isArray(value) && value.every(isHostPattern),
  },
  httpsCallbacksOnly: BOOLEAN,
  keyPrefix: TEXT,
  cdnBaseUrl: TEXT,
  keep: {
    expects: "'everything' or an object with entries and bytes",
    accepts: (value) =>
      value === 'everything' ||
      (isRecord(value) && [value['entries'], value['bytes']].every((limit) => (limit as number) >= 0)),
  },
}

/** What a World has where nothing is said. */
export const DEFAULT_OPTIONS: Readonly<WorldOptions> = {
  id: 'world',
  seed: 'phota-mock',
  startMs: 1_782_129_600_000,
  pendingMs: 2000,
  runningMs: 16_000,
  retentionMs: 86_400_000,
  syncLimitMs: 600_000,
  asyncLimitMs: 1_800_000,
  callbackRetryMs: [1000, 5000, 25_000],
  callbackTimeoutMs: 10_000,
  allowCallbackHosts: [],
  httpsCallbacksOnly: false,
  keyPrefix: '',
  cdnBaseUrl: 'https://files.invalid',
  keep: { entries: 1000, bytes: 67_108_864 },
}

/**
 * What is given, and the default for all that is not; `undefined` counts as not given. Those of the API are among them.
 *
 * @throws {MisuseError} for an option that there is not, or a value that it cannot have
 */
export function resolveOptions(given: Partial<WorldOptions>, dialect: Dialect): WorldOptions {
  checkFields(given, { ...OPTION_FIELDS, ...dialect.optionFields }, 'World: ')
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const options: WorldOptions = { ...DEFAULT_OPTIONS, ...chosen, ...dialect.resolveOptions(chosen) }
  return { ...options, cdnBaseUrl: toBaseUrl(options.cdnBaseUrl, 'World: cdnBaseUrl') }
}
