import type { ApiResponse } from '../api/http.ts'
import type { Redactor } from '../control-api/redactor.ts'
import type { Attempt, Delivery } from '../engine/delivery.ts'
import { printable } from '../text/printable.ts'

export const LOG_LEVELS = ['silent', 'error', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where a server tells what it does. */
export interface Logger {
  request(request: { method: string; url: string }, response: ApiResponse, tookMs: number, redactor: Redactor): void
  /** What somebody may not know, and waits for. */
  hint?(text: string): void
  /** A callback attempt that came to nothing. */
  failedAttempt(delivery: Delivery, attempt: Attempt, redactor: Redactor): void
}

/**
 * One line for each request and each failed callback attempt on `info`, with the answer's body on `debug`. Keys and
 * secrets are left out.
 */
export function createLogger(level: LogLevel, printLine: (line: string) => void): Logger | undefined {
  if (level === 'silent' || level === 'error') return undefined
  const print = (line: string): void => printLine(printable(line))
  return {
    request({ method, url }, { status, headers, body }, tookMs, redactor) {
      print(`${status}  ${method.padEnd(6)} ${redactor.path(url)}  ${Math.round(tookMs)} ms`)
      if (level !== 'debug') return
      if (typeof body !== 'string') print(`     ${body.length} bytes`)
      else print(`     ${headers['content-type'] === 'application/json' ? redactor.body(body) : body.trimEnd()}`)
    },
    hint: (text) => print(`---  ${text}`),
    failedAttempt({ url, jobId, state }, { n, status, error }, redactor) {
      const [location] = redactor.callbackUrl(url).split('?', 1)
      const next = state === 'waiting' ? 'is tried again' : 'is given up'
      print(
        `---  CALLBACK ${location} of job ${jobId}, attempt ${n}: ${status ?? redactor.prose(error ?? '')}; it ${next}`,
      )
    },
  }
}
