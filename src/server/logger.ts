import type { ApiResponse } from '../api/http.ts'

export const LOG_LEVELS = ['silent', 'error', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where a server tells what it does. */
export interface Logger {
  request(method: string, url: string, response: ApiResponse, tookMs: number): void
}

/** One line for each request on `info`, with the answer's body on `debug`. URL tokens are left out. */
export function createLogger(level: LogLevel, print: (line: string) => void): Logger | undefined {
  if (level === 'silent' || level === 'error') return undefined
  return {
    request(method, url, { status, body }, tookMs) {
      print(`${status}  ${method.padEnd(6)} ${url.replace(/token=[^&]*/, 'token=…')}  ${Math.round(tookMs)} ms`)
      if (level === 'debug') print(`     ${typeof body === 'string' ? body : `${body.length} bytes`}`)
    },
  }
}
