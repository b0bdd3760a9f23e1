import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { formatDuration } from '../../engine/duration.ts'
import { MisuseError } from '../../engine/misuse-error.ts'
import { basePath as controlBasePath } from '../../spec/control/index.ts'
import { fetchProblem, isBadPort } from '../../text/fetch-problem.ts'
import { printable } from '../../text/printable.ts'
import { flag, parseDuration } from '../flags.ts'
import { DEFAULT_URL, serverUrl } from '../remote.ts'

interface WaitFlags {
  timeout: number
  token?: string
}

const BETWEEN_TRIES_MS = 100
const MOST_FOR_A_TRY_MS = 5_000
/** What a server answers while it loads, and a proxy while it cannot reach the server. */
const NOT_YET: ReadonlySet<number> = new Set([502, 503, 504])

/** `phota-mock wait URL`. Exit: 0 ready, 1 not in time, 2 usage. */
export function waitCommand(): Command {
  return new Command('wait')
    .description('Wait until a server is ready: this one by its health, any other by any HTTP answer.')
    .argument('[url]', `the server (default: $PHOTA_MOCK_URL, or ${DEFAULT_URL})`)
    .addOption(
      flag('--timeout <duration>', 'PHOTA_MOCK_WAIT_TIMEOUT', 'how long at most')
        .default(30_000, '30s')
        .argParser((text) => parseDuration(text, '--timeout')),
    )
    .addOption(flag('--token <text>', 'PHOTA_MOCK_CONTROL_TOKEN', 'the server’s --control-token, if it has one'))
    .addHelpText(
      'after',
      '\n502, 503 and 504 are no answers: a server that loads, or a proxy without one. Exit: 0 ready, 1 not in ' +
        'time, 2 usage.',
    )
    .action(wait)
}

async function wait(given: string | undefined, { timeout, token }: WaitFlags): Promise<void> {
  // An empty variable is one that is not set.
  const url = new URL(serverUrl(given ?? (process.env['PHOTA_MOCK_URL'] || DEFAULT_URL), 'wait'))
  const base = url.origin + url.pathname.replace(/\/+$/, '').replace(new RegExp(`${controlBasePath}$`), '')
  const deadlineMs = performance.now() + timeout
  let answered: Told | null = null
  for (;;) {
    const leftMs = deadlineMs - performance.now()
    const told = await tryOnce(base, token, Math.ceil(Math.max(1, Math.min(leftMs, MOST_FOR_A_TRY_MS))))
    if (told.isReady) {
      console.log(printable(`${base} ${told.text}`))
      return
    }
    if (told.kind === 'answer') answered = told
    if (performance.now() + BETWEEN_TRIES_MS >= deadlineMs) {
      // What the end of the time cut off may have been about to answer the same.
      const { text } = (told.kind === 'cut off' && answered) || told
      console.error(printable(`phota-mock wait: ${base} was not ready within ${formatDuration(timeout)}: ${text}.`))
      process.exitCode = 1
      return
    }
    await sleep(BETWEEN_TRIES_MS)
  }
}

interface Told {
  readonly isReady: boolean
  /** What is cut off is so by its limit of time. */
  readonly kind: 'answer' | 'no answer' | 'cut off'
  readonly text: string
}

async function tryOnce(base: string, token: string | undefined, timeoutMs: number): Promise<Told> {
  try {
    const response = await fetch(`${base}${controlBasePath}/health`, {
      // A redirect is an answer too, and where it leads is not asked for.
      redirect: 'manual',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (NOT_YET.has(response.status)) {
      await response.body?.cancel()
      return { isReady: false, kind: 'answer', text: `it answers ${response.status}` }
    }
    return { isReady: true, kind: 'answer', text: (await healthOf(response)) ?? `answers (${response.status})` }
  } catch (error) {
    if (isBadPort(error)) throw new MisuseError(`wait: ${base} cannot be asked: ${fetchProblem(error)}`)
    const kind = (error as Error).name === 'TimeoutError' ? 'cut off' : 'no answer'
    return { isReady: false, kind, text: problem(error as Error) }
  }
}

/** @returns `null` if the answer is not from phota-mock */
async function healthOf(response: Response): Promise<string | null> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  if (response.status !== 200 || !isJson) {
    await response.body?.cancel()
    return null
  }
  const health = (await response.json().catch(() => null)) as { ready?: unknown; version?: unknown } | null
  return health?.ready === true ? `is ready: phota-mock ${health.version}` : null
}

function problem(error: Error): string {
  if (error.name === 'TimeoutError') return 'it took the connection and does not answer'
  const told = fetchProblem(error)
  switch (told) {
    case 'ECONNREFUSED':
      return 'nothing listens there (ECONNREFUSED)'
    case 'ENOTFOUND':
      return 'no such host is known (ENOTFOUND)'
    default:
      return told
  }
}
