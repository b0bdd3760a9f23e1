import type { Refusal } from './refusal.ts'

/** What goes back over the wire. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly body: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
  /** An answer without `X-Request-Id`. */
  readonly anonymous?: boolean
}

export function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

export const errorBody = (refusal: Refusal, requestId: string): unknown =>
  refusal.code === null
    ? { detail: refusal.fields, request_id: requestId }
    : { code: refusal.code, detail: refusal.message, request_id: requestId }
