import { connect } from '../control/index.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { basePath } from '../spec/index.ts'
import { controlFetch } from './http/control-fetch.ts'
import { type Exchange, jsonOf } from './http/exchange.ts'
import type { Outgoing, Wire } from './http/wire.ts'
import type { Settings } from './settings.ts'
import type { Target } from './target.ts'
import { CannotJudge } from './verdict.ts'

/** The time limit of the first requests. A longer one would look as if the run hangs. */
const PATIENCE_MS = 10_000

/**
 * The base URL that the operations' paths are appended to. A bare origin is tried with the API's base path, then as is.
 *
 * @throws {UsageProblem} if nothing there answers like an API, with the likely cause
 */
export async function findBase({ url, key }: Settings, wire: Wire): Promise<string> {
  const given = url.href.replace(/\/+$/, '')
  const candidates = url.pathname === '/' ? [given + basePath, given] : [given]
  const answers: Exchange[] = []
  for (const base of candidates) {
    const exchange = await knock(wire, base, key, given)
    answers.push(exchange)
    if (exchange.status < 500 && !ABSENT.includes(exchange.status) && jsonOf(exchange) !== undefined) return base
  }
  const [first] = answers
  if (!first) throw new UsageProblem(`${given} has no path to try`)
  if (answers.every((exchange) => jsonOf(exchange) === undefined)) {
    const type = first.headers.get('content-type')?.split(';')[0] ?? 'nothing that it names'
    throw new UsageProblem(
      `${first.url} answered ${first.status} with ${type}, not JSON: this is not the API. Is the URL right? ` +
        `Example: ${EXAMPLE}`,
    )
  }
  // Perhaps only this path is missing or broken. Then the rules report it.
  for (const base of candidates) if (await hasSubmits(wire, base, given)) return base
  if (first.status >= 500) {
    throw new UsageProblem(`${first.url} answered ${first.status}, and so did all else there: is the service up?`)
  }
  throw new UsageProblem(
    `${first.url} answered ${first.status}, and so did POST ` +
      `${candidates.map((base) => `${base}/generate`).join(' and ')}: there is no API at that base path. The URL ` +
      `is the origin, or what comes before /generate. Example: ${EXAMPLE}`,
  )
}

const EXAMPLE = `http://127.0.0.1:4010${basePath}`
/** Statuses of a server that does not have the path. */
const ABSENT = [404, 405, 501]

/** Whether a submit is known there. Without a key it costs nothing, whatever the answer is. */
async function hasSubmits(wire: Wire, base: string, shown: string): Promise<boolean> {
  const { status } = await send(wire, shown, {
    operation: 'generate',
    method: 'POST',
    url: `${base}/generate`,
    headers: {},
    body: '{}',
  })
  return status < 500 && !ABSENT.includes(status)
}

/** @throws {UsageProblem} if a key is refused, or there is none to use */
export async function mustBeWelcome(settings: Settings, { wire, base }: Target, hasControl: boolean): Promise<void> {
  if (settings.key === null && !hasControl) {
    throw new UsageProblem(
      'a key is needed: --key KEY, or PHOTA_KEY in the environment (no control API was found that could make accounts)',
    )
  }
  for (const [flag, key] of [
    ['--key', settings.key],
    ['--other-key', settings.otherKey],
    ['--broke-key', settings.brokeKey],
  ] as const) {
    if (key === null) continue
    const { status } = await knock(wire, base, key, base)
    if (status === 401 || status === 403) throw new UsageProblem(`${flag} was refused by ${base} (${status})`)
  }
}

/**
 * Where the control API is; `null` if there is none.
 *
 * @throws {UsageProblem} if it was named, and does not answer
 */
export async function findControl({ url, control, timeoutMs }: Settings, wire: Wire): Promise<string | null> {
  if (control === 'none') return null
  const at = control === 'auto' ? url.origin : control
  const failure = await Promise.race([
    connect(at, { fetch: controlFetch(wire) })
      .worlds.list()
      .then(
        (worlds) => (Array.isArray(worlds) ? null : 'it does not list its Worlds'),
        (error: unknown) => (error as Error).message,
      ),
    new Promise<string>((resolve) => {
      setTimeout(resolve, Math.min(timeoutMs, PATIENCE_MS), 'it does not answer').unref()
    }),
  ])
  if (failure === null) return at
  if (control === 'auto') return null
  throw new UsageProblem(`--control ${control}: ${failure}`)
}

/** The cheapest request of the API. */
function knock(wire: Wire, base: string, key: string | null, shown: string): Promise<Exchange> {
  const headers: Record<string, string> = key === null ? {} : { 'X-API-Key': key }
  const url = `${base}/webhook-secret`
  return send(wire, shown, { operation: 'getWebhookSecret', method: 'GET', url, headers, body: null })
}

async function send(wire: Wire, shown: string, outgoing: Outgoing): Promise<Exchange> {
  try {
    return await wire.send({ ...outgoing, timeoutMs: PATIENCE_MS })
  } catch (error) {
    if (!(error instanceof CannotJudge)) throw error
    throw new UsageProblem(`${shown} cannot be verified: ${error.message}`)
  }
}
