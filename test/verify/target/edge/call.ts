import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { readBody } from '../read-body.ts'

/** A request, read whole. */
export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export async function readCall(request: IncomingMessage, origin: string): Promise<Call> {
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', origin),
    headers: request.headers,
    body: (await readBody(request)) as Buffer,
  }
}

/** The call as the API behind the edge reads it. */
export function requestOf(call: Call): IncomingMessage {
  const { method, headers, url } = call
  const stream = Readable.from(call.body.length > 0 ? [call.body] : [])
  return Object.assign(stream, { method, headers, url: url.pathname + url.search }) as unknown as IncomingMessage
}

const BASE = '/v1/phota/'
const IMAGE = /^\/v1\/phota\/(edit|generate|enhance|remix)$/

export const isApi = (call: Call): boolean => call.url.pathname.startsWith(BASE)

export const isPoll = (call: Call): boolean => call.method === 'GET' && call.url.pathname.startsWith(`${BASE}jobs/`)

/** Asked of storage, not of the API. */
export const isDownload = (call: Call): boolean => !isApi(call)

/** `edit`, `generate`, `enhance` or `remix` if one of them is called. */
export const imageOperation = (call: Call): string | null =>
  call.method === 'POST' ? (IMAGE.exec(call.url.pathname)?.[1] ?? null) : null

/** The fields of a JSON body; null if it is no object. */
export function fieldsOf(call: Call): Record<string, unknown> | null {
  const value = parse(call.body.toString())
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

export const withFields = (call: Call, fields: Record<string, unknown>): Call => ({
  ...call,
  body: Buffer.from(JSON.stringify(fields)),
})

export const withPath = (call: Call, path: string): Call => ({ ...call, url: new URL(path, call.url) })

/** @returns undefined for what is no JSON */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
