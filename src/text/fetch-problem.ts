const BAD_PORT = 'bad port'

/** Why `fetch` got no answer: the system's code, or words where it has none. */
export function fetchProblem(error: unknown): string {
  if (isBadPort(error)) return 'fetch refuses this port, as browsers do; use another, such as 4010'
  const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
  return code ?? (message || (error as Error).message)
}

/** Whether `fetch` will never ask that port, whoever listens there: https://fetch.spec.whatwg.org/#port-blocking */
export function isBadPort(error: unknown): boolean {
  return ((error as Error).cause as Error | undefined)?.message === BAD_PORT
}
