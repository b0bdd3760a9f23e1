import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { ControlEvent } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'
import { fetchProblem } from '../text/fetch-problem.ts'
import { serverUrlProblem } from '../text/http-url.ts'
import { type ControlRequest, controlOf, refusal, type Transport } from './client.ts'
import type { Control } from './control.ts'
import { ControlFailure } from './control-failure.ts'

/** As much of `fetch` as the control interface uses; `globalThis.fetch` is one. */
export type ControlFetch = (
  url: string,
  request: {
    method: string
    headers: Record<string, string>
    body: string | null
    redirect: 'manual'
    signal?: AbortSignal
  },
) => Promise<ControlResponse>

/** As much of a `Response` as the control interface uses. */
export type ControlResponse = Pick<Response, 'status' | 'type' | 'body' | 'text'> & {
  readonly headers: Pick<Headers, 'get'>
}

export interface ConnectOptions {
  /** The server's `--control-token`, if it has one. */
  token?: string
  /**
   * Sends the requests, e.g. with limits of its own. What it throws comes out as it is, but for a TypeError, which is
   * what fetch throws for a network that fails. A redirect must be handed back, not followed.
   * @default globalThis.fetch
   */
  fetch?: ControlFetch
}

/**
 * The control interface of a running server. A 429 of a proxy in between is waited out, as its `Retry-After` asks.
 *
 * @param url the server's origin or its `/_mock`, e.g. `http://127.0.0.1:4010`
 * @throws {ControlFailure} at once for what is no http or https URL, or has a user, query or fragment; and from every
 * call that is refused, with the server's sentence
 */
export function connect(url: string, { token, fetch }: ConnectOptions = {}): Control {
  const problem = serverUrlProblem(url)
  if (problem !== null) throw new ControlFailure(`connect ${problem}`, null)
  const origin = new URL(url).href.replace(/\/+$/, '').replace(/\/_mock$/, '')
  // Looked up at each call, because tests replace it.
  const send: ControlFetch = fetch ?? ((...args) => globalThis.fetch(...args))
  return controlOf(overHttp(origin, token, send), { baseUrl: origin + basePath, fetch: globalThis.fetch })
}

function overHttp(origin: string, token: string | undefined, fetch: ControlFetch): Transport {
  const urlOf = ({ path, query }: ControlRequest): string => `${origin}${path}${query && `?${query}`}`
  const go = async (request: ControlRequest, signal?: AbortSignal): Promise<ControlResponse> => {
    const { method, body } = request
    const url = urlOf(request)
    let response: ControlResponse
    try {
      response = await fetch(url, {
        method,
        body,
        // A POST that is redirected would arrive as a GET, and a login page is no control API.
        redirect: 'manual',
        headers: {
          ...(body !== null && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(signal && { signal }),
      })
    } catch (cause) {
      signal?.throwIfAborted()
      if (!(cause instanceof TypeError)) throw cause
      throw unreachable(request, url, cause)
    }
    // Browsers show no more of a redirect than that it is one.
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      const to = response.headers.get('location')
      const where = to === null ? '' : ` to ${to.slice(0, 200)}`
      const message = `${request.operationId}: ${url} is redirected${where}; name the control API's own URL`
      throw new ControlFailure(message, response.status || null)
    }
    return response
  }
  return {
    async send(request) {
      for (let tries = 1; ; tries++) {
        const response = await go(request)
        const text = await response.text().catch((cause) => {
          throw unreachable(request, urlOf(request), cause)
        })
        if (response.status !== 429 || tries === MOST_TRIES) return { status: response.status, text }
        // Not of node:timers/promises, because the dashboard uses this in a browser.
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs(response)))
      }
    },
    async *follow(request, signal) {
      const response = await go(request, signal)
      if (response.status < 200 || response.status > 299 || response.body === null) {
        const answer = await response
          .text()
          .then(JSON.parse)
          .catch(() => null)
        throw refusal(request.operationId, response.status, answer)
      }
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
      const reader = events.getReader()
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read())
          yield JSON.parse(next.value.data) as ControlEvent
      } finally {
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}

/** A proxy in between may ask for patience. */
const MOST_TRIES = 20

function retryAfterMs({ headers }: ControlResponse): number {
  const seconds = Number(headers.get('retry-after') ?? 1)
  return Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 1000
}

function unreachable({ operationId }: ControlRequest, url: string, cause: unknown): ControlFailure {
  return new ControlFailure(`${operationId}: ${url} could not be reached (${fetchProblem(cause)})`, null, { cause })
}
