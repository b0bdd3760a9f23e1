import { SUBMIT_BODY, SUBMIT_PATH } from './guide-request.ts'
import type { Served } from './peers.ts'
import { Child, HERE } from './processes.ts'

/** One request of a load. */
export interface Asked {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
}

/** Requests that a connection sends in turn. */
export interface Part {
  url: string
  requests: Pick<Asked, 'headers' | 'body' | 'method'>[]
}

/** What peers/load.mjs is told. */
export interface Load extends Asked {
  /** Sent instead of the one, each to its `url`; an equal part of the connections for each. */
  parts?: Part[]
  connections: number
  warmUpS: number
  durationS: number
  /** Requests a second; as many as go, if left out. */
  rate?: number
  /** Sends them evenly, rather than a second's share at once as autocannon does. */
  spread?: boolean
  /** Whose CPU time is counted. */
  pids: number[]
}

/** What peers/load.mjs prints. */
interface Loaded {
  requests: number
  seconds: number
  failed: number
  cpuMs: number[]
  p50Ms: number | null
  p99Ms: number | null
}

/** What a load came to. */
export interface Measured {
  perSecond: number
  /** CPU time of the server's processes for one request, in microseconds. */
  cpuUs: number
  /** The same of its busiest process alone. */
  busiestCpuUs: number
  p50Ms: number
  p99Ms: number
}

/**
 * autocannon against a server, from a process of its own.
 *
 * @param others servers of which the load is for, too
 * @throws if any answer was not 2xx, telling one
 */
export async function shoot(
  served: Served,
  load: Omit<Load, 'connections' | 'pids'>,
  others: readonly Served[] = [],
): Promise<Measured> {
  const told: Load = { ...load, connections: 32, pids: [served, ...others].flatMap(({ child }) => child.tree()) }
  const child = new Child({ args: [`${HERE}peers/load.mjs`, JSON.stringify(told)] })
  const { requests, seconds, failed, cpuMs, p50Ms, p99Ms } = JSON.parse(await child.output()) as Loaded
  if (failed > 0 || requests === 0) {
    const { url, method, headers, body = null } = load
    const response = await fetch(url, { method, headers, body })
    throw new Error(
      `${served.kind.name}: of ${requests} requests, ${failed} failed. ${method} ${url} is now answered ` +
        `${response.status}: ${(await response.text()).slice(0, 500)}`,
    )
  }
  const perRequestUs = (ms: number) => (ms * 1000) / requests
  return {
    perSecond: requests / seconds,
    cpuUs: perRequestUs(cpuMs.reduce((sum, ms) => sum + ms, 0)),
    busiestCpuUs: perRequestUs(Math.max(...cpuMs)),
    p50Ms: p50Ms ?? Number.NaN,
    p99Ms: p99Ms ?? Number.NaN,
  }
}

/** Asks once. @throws unless the answer is 2xx */
export async function ask({ url, method, headers, body }: Asked): Promise<string> {
  const response = await fetch(url, { method, headers, body: body ?? null })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: expected 2xx, received ${response.status}: ${text}`)
  return text
}

/** A submit that is validated and taken on. */
export function submitTo({ api, headers }: Served): Asked {
  return { url: api + SUBMIT_PATH, method: 'POST', headers, body: SUBMIT_BODY }
}

/** A poll. */
export function pollOf({ api, headers }: Served, jobId: string): Asked {
  const { prefer: _, ...rest } = headers
  return { url: `${api}/jobs/${jobId}`, method: 'GET', headers: rest }
}
