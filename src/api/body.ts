import { excerpt } from '../engine/excerpt.ts'
import type { Problem } from './api.ts'
import type { ApiRequest } from './http.ts'

const MAX_NESTING = 64
const decoder = new TextDecoder('utf-8', { fatal: true })

export type ParsedBody = { ok: true; value: unknown } | { ok: false; problems: Problem[] }

/** Why a body cannot be taken as it is encoded; `null` if it is not, as that of a request without one. */
export function encodingProblem({ body, header }: Pick<ApiRequest, 'body' | 'header'>): string | null {
  const contentEncoding = body === null ? null : header('content-encoding')
  if (body === null || contentEncoding === null || /^\s*(identity)?\s*$/i.test(contentEncoding)) return null
  return (
    'Content-Encoding: the body of a request is taken as it is, not in ' +
    `${excerpt(contentEncoding, 100)}. Send it without.`
  )
}

/** Bytes to a JSON value, or why they are none: wrong content type, bad UTF-8, malformed, nested too deep. */
export function parseBody({ body, header }: Pick<ApiRequest, 'body' | 'header'>): ParsedBody {
  const contentType = header('content-type')
  if (body === null || body === 'too-large' || body.length === 0) return refused('body', 'Field required', 'missing')
  if (contentType !== null && !isJson(contentType)) {
    return invalid({
      loc: ['header', 'content-type'],
      msg: `Content-Type should be application/json, not ${contentType.slice(0, 100)}`,
      type: 'content_type',
    })
  }
  let text: string
  try {
    text = decoder.decode(body)
  } catch {
    return refused('body', 'Body should be valid UTF-8', 'json_invalid')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refused('body', `JSON decode error: ${(error as Error).message}`, 'json_invalid')
  }
  if (deeperThan(value, MAX_NESTING))
    return refused('body', `Body should be nested at most ${MAX_NESTING} levels deep`, 'json_invalid')
  return { ok: true, value }
}

function isJson(contentType: string): boolean {
  return /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)
}

function deeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (levels === 0) return true
  for (const part of Array.isArray(value) ? value : Object.values(value)) if (deeperThan(part, levels - 1)) return true
  return false
}

function refused(where: 'body', msg: string, type: string): ParsedBody {
  return invalid({ loc: [where], msg, type })
}

function invalid(problem: Problem): ParsedBody {
  return { ok: false, problems: [problem] }
}
