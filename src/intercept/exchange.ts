import type { KeptBytes } from './kept-bytes.ts'

/** One request that was answered for the real API, as the client and we saw it. */
export interface Exchange {
  /** When the head of the request was there, ms since 1970. */
  readonly startedMs: number
  /** When the last byte of the answer had left, or the connection had ended. */
  readonly endedMs: number
  readonly scheme: 'http' | 'https'
  /** The host that the client asked for, lowercase and without port. */
  readonly host: string
  readonly method: string
  /** Path and query as the client wrote them. */
  readonly path: string
  /** Names and values in turn, as the client wrote them. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: KeptBytes
  /** `null` if the connection ended without an answer. */
  readonly status: number | null
  /** Names and values in turn; empty without an answer. */
  readonly responseHeaders: readonly string[]
  readonly responseBody: KeptBytes
  /** Whether the whole answer left; not, if either side broke off. */
  readonly isComplete: boolean
}
