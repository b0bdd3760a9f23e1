import { createHash } from 'node:crypto'

/** A body as it is sent: text, bytes, or so many letters. */
export type SentBody = string | Uint8Array | { readonly letters: number }

export interface Asked {
  readonly method: string
  /** From the origin on; or a whole URL of the images' host. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: SentBody
}

/** What a client got; `null` for the status where the connection was lost. */
export interface Answer {
  readonly status: number | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly bytes: Uint8Array
  /** What became of the connection, if it did not bring all of the answer. */
  readonly lost: 'before the answer' | 'in the body' | null
}

/** A callback as its receiver got it. */
export interface Callback {
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** One line of a recording. */
export interface Exchange {
  readonly n: number
  readonly door: string
  /** A request to the API, the control API or for an image, a call of the control interface, or what came by itself. */
  readonly kind: 'api' | 'download' | 'control' | 'http' | 'callbacks' | 'events'
  /** The operation, as far as the player knows it. */
  readonly what: string
  readonly asked?: unknown
  readonly status?: number | null
  readonly lost?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly sha256?: string
  readonly bytes?: number
  /** Where it is text. */
  readonly text?: string
}

/** The connection's business: each is another one at the next run, or says how the door carries bytes. */
export const LEFT_OUT: ReadonlySet<string> = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'host'])

const TEXT_TYPE = /json|text|yaml|html|javascript|svg/

/** What differs between two runs of the same program: the receiver's port, and how long a callback took by the wall. */
export function normaliser(receiverPort: number): (text: string) => string {
  const place = `127.0.0.1:${receiverPort}`
  const same = `127.0.0.1:${'0'.repeat(String(receiverPort).length)}`
  return (text) =>
    text
      .replaceAll(place, same)
      .replaceAll(encodeURIComponent(place), encodeURIComponent(same))
      .replace(/"wall_ms":\d+/g, '"wall_ms":0')
}

/** What a line keeps of an answer. */
export function kept(answer: Answer, normal: (text: string) => string): Partial<Exchange> {
  const headers = answer.headers.filter(([name]) => !LEFT_OUT.has(name))
  if (answer.lost !== null) return { status: answer.status, lost: answer.lost, headers }
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? ''
  const isText = TEXT_TYPE.test(type) || answer.bytes.length === 0
  const text = isText ? normal(Buffer.from(answer.bytes).toString()) : undefined
  return { status: answer.status, headers, ...digest(text ?? answer.bytes), ...(text !== undefined && { text }) }
}

export function digest(body: string | Uint8Array): { sha256: string; bytes: number } {
  return { sha256: createHash('sha256').update(body).digest('hex'), bytes: Buffer.byteLength(body) }
}

/** A request as a line tells it. */
export function told({ method, path, headers, body }: Asked, normal: (text: string) => string): unknown {
  const sent =
    body === undefined || typeof body === 'string'
      ? body && normal(body)
      : body instanceof Uint8Array
        ? { base64: Buffer.from(body).toString('base64') }
        : body
  return { method, path: normal(path), headers, ...(sent !== undefined && { body: sent }) }
}
