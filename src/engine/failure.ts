/** How work failed, or will fail. */
export interface Failure {
  /** One of the dialect's `failures`. */
  readonly code: string
  /** For people. */
  readonly message: string
}

/** What a failure of each code is told as, and the code of work that took longer than its limit. */
export interface FailureWords {
  readonly failures: Readonly<Record<string, string>>
  readonly timeout: string
}

/** A failure of this code; the message is the code's own unless it is given. */
export function failureOf({ failures }: FailureWords, code: string, message?: string): Failure {
  return { code, message: message ?? failures[code] ?? code }
}
