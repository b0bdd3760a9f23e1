import { hash } from 'node:crypto'
import type { ApiResponse } from '../api/http.ts'

/** Which part of a download is asked for. */
export interface RangeRequest {
  /** `Range`; `null` if it has none. */
  range: string | null
  /** `If-Range`; `null` if it has none. */
  ifRange: string | null
}

export const WHOLE: RangeRequest = { range: null, ifRange: null }

/**
 * A whole download, or the one part of it that is asked for: 206, 416 if there is no such part. Several parts, another
 * unit, what cannot be read, and a part of what has changed since get the whole (RFC 9110, 14.2 and 13.1.5).
 */
export function inRange(whole: ApiResponse & { body: Uint8Array }, { range, ifRange }: RangeRequest): ApiResponse {
  const etag = `"${hash('sha256', whole.body, 'hex').slice(0, 32)}"`
  const headers = { ...whole.headers, 'accept-ranges': 'bytes', etag }
  const size = whole.body.length
  const asked = range === null || (ifRange !== null && ifRange.trim() !== etag) ? null : read(range, size)
  if (asked === null) return { ...whole, headers }
  if (asked.from >= size || asked.from > asked.to) {
    return {
      status: 416,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-range': `bytes */${size}` },
      body: `This image has ${size} bytes; expects a range within them, such as bytes=0-${size - 1}.\n`,
    }
  }
  const to = Math.min(asked.to, size - 1)
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${asked.from}-${to}/${size}` },
    body: whole.body.subarray(asked.from, to + 1),
  }
}

/** Positions of the first and last byte; `null` for what is no single range of bytes. */
function read(range: string, size: number): { from: number; to: number } | null {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(range) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') return { from: last.match(/^0+$/) ? size : Math.max(0, size - Number(last)), to: size - 1 }
  const to = last === '' ? size - 1 : Number(last)
  if (last !== '' && to < Number(first)) return null
  return { from: Number(first), to }
}
