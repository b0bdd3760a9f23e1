import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { ControlEvent } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'
import { type ControlRequest, controlOf, refusal, type Transport } from './client.ts'
import type { Control } from './control.ts'
import { ControlFailure } from './control-failure.ts'

export interface ConnectOptions {
  /** The server's `--control-token`, if it has one. */
  token?: string
}

/**
 * The control interface of a running server. A 429 of a proxy in between is waited out, as its `Retry-After` asks.
 *
 * @param url the server's origin or its `/_mock`, e.g. `http://127.0.0.1:4010`
 * @throws {ControlFailure} from every call that is refused, with the server's sentence
 */
export function connect(url: string, { token }: ConnectOptions = {}): Control {
  const origin = url.replace(/\/$/, '').replace(/\/_mock$/, '')
  return controlOf(overHttp(origin, token), { baseUrl: origin + basePath, fetch: globalThis.fetch })
}

function overHttp(origin: string, token: string | undefined): Transport {
  const go = async (request: ControlRequest, signal?: AbortSignal): Promise<Response> => {
    const { method, path, query, body } = request
    const url = `${origin}${path}${query && `?${query}`}`
    try {
      return await fetch(url, {
        method,
        body,
        headers: {
          ...(body !== null && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(signal && { signal }),
      })
    } catch (cause) {
      signal?.throwIfAborted()
      throw unreachable(request, url, cause)
    }
  }
  return {
    async send(request) {
      for (let tries = 1; ; tries++) {
        const response = await go(request)
        const text = await response.text().catch((cause) => {
          throw unreachable(request, response.url, cause)
        })
        if (response.status !== 429 || tries === MOST_TRIES) return { status: response.status, text }
        // Not of node:timers/promises, because the dashboard uses this in a browser.
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs(response)))
      }
    },
    async *follow(request, signal) {
      const response = await go(request, signal)
      if (!response.ok || response.body === null) {
        const answer: unknown = await response.json().catch(() => null)
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

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 1)
  return Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 1000
}

function unreachable({ operationId }: ControlRequest, url: string, cause: unknown): ControlFailure {
  const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
  return new ControlFailure(`${operationId}: ${url} could not be reached (${code ?? message})`, null, { cause })
}
