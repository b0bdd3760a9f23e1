import type { ApiResponse } from '../api/http.ts'
import type { Attempt, Delivery } from '../engine/delivery.ts'

export const LOG_LEVELS = ['silent', 'error', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where a server tells what it does. */
export interface Logger {
  request(method: string, url: string, response: ApiResponse, tookMs: number): void
  /** A callback attempt that came to nothing. */
  failedAttempt(delivery: Delivery, attempt: Attempt): void
}

/** One line for each request and each failed callback attempt on `info`, with the answer's body on `debug`. URL tokens are left out. */
export function createLogger(level: LogLevel, print: (line: string) => void): Logger | undefined {
  if (level === 'silent' || level === 'error') return undefined
  return {
    request(method, url, { status, body }, tookMs) {
      print(`${status}  ${method.padEnd(6)} ${url.replace(/token=[^&]*/, 'token=…')}  ${Math.round(tookMs)} ms`)
      if (level === 'debug') print(`     ${typeof body === 'string' ? body : `${body.length} bytes`}`)
    },
    failedAttempt({ url, jobId, state }, { n, status, error }) {
      const [location] = url.split('?', 1)
      const next = state === 'waiting' ? 'is tried again' : 'is given up'
      print(`---  CALLBACK ${location} of job ${jobId}, attempt ${n}: ${status ?? error}; it ${next}`)
    },
  }
}
