import { mustBeKnown, selection } from '../report/selection.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { serverUrlProblem } from '../text/http-url.ts'
import { criteria } from './criteria.ts'
import { DEFAULTS } from './defaults.ts'
import type { MicroUsd } from './prices.ts'
import { DEFAULT_FAILING_REQUEST, type FailingRequest } from './requests.ts'
import { type Depth, type Part, WITHOUT } from './scope.ts'

/** What is verified, and how. Durations are ms. */
export interface VerifyOptions {
  /**
   * The implementation: its origin, or the base that the operations' paths follow, such as
   * `https://api.photalabs.com/v1/phota`.
   */
  readonly url: string
  /** An API key; needed unless a control API makes accounts. */
  readonly key?: string
  /** A key of another account. */
  readonly otherKey?: string
  /** A key of an account without money. */
  readonly brokeKey?: string
  /**
   * Where the control API (`/_mock`) is: a URL, `auto` to look for it on the implementation's own origin, `none` to do
   * without.
   * @default 'auto'
   */
  readonly control?: string
  /** `host:port` to listen for callbacks on. On a loopback target any free port, if left out. */
  readonly receiver?: string
  /** How the implementation reaches the receiver, if not by its host and port. */
  readonly publicUrl?: string
  /**
   * How long the implementation claims to keep results.
   * @default 86_400_000
   */
  readonly retentionMs?: number
  /**
   * A retention up to this is waited out; a longer one is left to a ticket.
   * @default 120_000
   */
  readonly longestWaitMs?: number
  /** A request that this implementation is known to fail. */
  readonly failingRequest?: FailingRequest
  /** Ids or beginnings of ids (`poll`, `poll.expired`): only these. */
  readonly only?: readonly string[]
  /** Ids or beginnings of ids: not these. */
  readonly skip?: readonly string[]
  /** Parts that the implementation does not have. */
  readonly without?: readonly Part[]
  /**
   * How much of what the rules are stated over is tried.
   * @default 'full'
   */
  readonly depth?: Depth
  /**
   * How long an answer may take.
   * @default 30_000
   */
  readonly timeoutMs?: number
  /**
   * How long a job, or a synchronous request, may take.
   * @default 600_000
   */
  readonly jobTimeoutMs?: number
  /**
   * How long a callback that must come is waited for, and each further attempt. It never makes a rule fail.
   * @default 60_000
   */
  readonly callbackWaitMs?: number
  /**
   * How long the whole run may take. What is not judged by then is an error.
   * @default 1_800_000
   */
  readonly deadlineMs?: number
  /** @default 1_000; 100 on a loopback target */
  readonly pollIntervalMs?: number
  /**
   * Rules tried at once.
   * @default 16
   */
  readonly concurrency?: number
  /** Requests a second, at most. */
  readonly rps?: number
  /** In micro-dollars. On a host that is not loopback, nothing that costs runs without it. */
  readonly maxSpendMicroUsd?: number
  /** Ids that are known to fail. One that passes is an error. */
  readonly expectedFailures?: readonly string[]
}

/** The options, checked and whole. */
export interface Settings {
  readonly url: URL
  /** Nothing may be reached but this machine. */
  readonly isLoopback: boolean
  readonly key: string | null
  readonly otherKey: string | null
  readonly brokeKey: string | null
  readonly control: string
  readonly receiver: { readonly host: string; readonly port: number } | null
  readonly publicUrl: string | null
  readonly retentionMs: number
  readonly longestWaitMs: number
  readonly failingRequest: FailingRequest
  readonly without: ReadonlySet<Part>
  readonly depth: Depth
  readonly isWanted: (id: string) => boolean
  readonly timeoutMs: number
  readonly jobTimeoutMs: number
  readonly callbackWaitMs: number
  readonly deadlineMs: number
  readonly pollIntervalMs: number
  readonly concurrency: number
  readonly rps: number | undefined
  /** `null` for none. */
  readonly maxSpend: MicroUsd | null
  readonly expectedFailures: readonly string[]
}

const RULES = { ids: criteria.map(({ id }) => id), item: 'rule' }

/** @throws {UsageProblem} for options that cannot be */
export function resolveOptions(options: VerifyOptions): Settings {
  const url = httpUrl(options.url, 'URL')
  const isLoopback = isLoopbackHost(url.hostname)
  const { key = null, otherKey = null, brokeKey = null, control = DEFAULTS.control, publicUrl = null } = options
  mustDiffer({ '--key': key, '--other-key': otherKey, '--broke-key': brokeKey })
  if (control !== 'auto' && control !== 'none') httpUrl(control, '--control (a URL, auto or none)')
  if (publicUrl !== null) httpUrl(publicUrl, '--public-url')
  if (publicUrl !== null && options.receiver === undefined) {
    throw new UsageProblem(
      '--public-url needs --receiver HOST:PORT, to know where to listen. Example: --receiver 0.0.0.0:9000',
    )
  }
  for (const [flag, ids] of [
    ['--only', options.only],
    ['--skip', options.skip],
    ['--expected-failures', options.expectedFailures],
  ] as const) {
    for (const id of ids ?? []) mustBeKnown(flag, id, flag !== '--expected-failures', RULES)
  }
  const limit = options.maxSpendMicroUsd ?? (isLoopback ? null : 0)
  const receiver = options.receiver === undefined ? null : hostAndPort(options.receiver)
  return {
    url,
    isLoopback,
    key,
    otherKey,
    brokeKey,
    control,
    receiver: receiver ?? (isLoopback ? { host: '127.0.0.1', port: 0 } : null),
    publicUrl,
    retentionMs: options.retentionMs ?? DEFAULTS.retentionMs,
    longestWaitMs: options.longestWaitMs ?? DEFAULTS.longestWaitMs,
    failingRequest: options.failingRequest ?? DEFAULT_FAILING_REQUEST,
    without: partsOf(options.without ?? []),
    depth: options.depth ?? DEFAULTS.depth,
    isWanted: selection(options),
    timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
    jobTimeoutMs: options.jobTimeoutMs ?? DEFAULTS.jobTimeoutMs,
    callbackWaitMs: options.callbackWaitMs ?? DEFAULTS.callbackWaitMs,
    deadlineMs: options.deadlineMs ?? DEFAULTS.deadlineMs,
    pollIntervalMs: options.pollIntervalMs ?? (isLoopback ? DEFAULTS.loopbackPollIntervalMs : DEFAULTS.pollIntervalMs),
    concurrency: options.concurrency ?? DEFAULTS.concurrency,
    rps: options.rps,
    maxSpend: limit,
    expectedFailures: options.expectedFailures ?? [],
  }
}

function partsOf(names: readonly string[]): Set<Part> {
  for (const name of names) {
    if ((WITHOUT as readonly string[]).includes(name)) continue
    throw new UsageProblem(`--without: there is no part "${name}". There are: ${WITHOUT.join(', ')}`)
  }
  return new Set(names as readonly Part[])
}

export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname)
}

function mustDiffer(keys: Readonly<Record<string, string | null>>): void {
  const seen = new Map<string, string>()
  for (const [flag, key] of Object.entries(keys)) {
    if (key === null) continue
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new UsageProblem(`${flag} expects an API key without blanks, as it can stand in a header`)
    }
    const other = seen.get(key)
    if (other !== undefined)
      throw new UsageProblem(`${flag} and ${other} are the same key; they must be of two accounts`)
    seen.set(key, flag)
  }
}

function httpUrl(text: string, what: string): URL {
  const problem = serverUrlProblem(text)
  if (problem !== null) throw new UsageProblem(`${what} ${problem}`)
  return new URL(text)
}

function hostAndPort(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) {
    throw new UsageProblem(`--receiver expects HOST:PORT, received "${text}". Example: --receiver 127.0.0.1:9000`)
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
