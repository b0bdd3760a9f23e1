import type { AttemptOutcome, DueAttempt } from '../engine/delivery.ts'
import { SIGNATURE_HEADER } from '../engine/signature.ts'

// Taken at import, so that nobody's fake timers stop us.
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

/** Performs one attempt and tells what came of it. Never throws. */
export type Sender = (due: DueAttempt, timeoutMs: number) => Promise<AttemptOutcome>

/** The headers of a callback: callback.signature. */
export function callbackHeaders({ delivery }: DueAttempt): Record<string, string> {
  return { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: delivery.signature }
}

/**
 * POSTs the kept bytes by the global `fetch` of the moment, so that a user's own interception sees it. Redirects are not followed.
 *
 * @param timeoutMs wall time, in ms
 */
export const sendByFetch: Sender = async (due, timeoutMs) => {
  const startedMs = now()
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeoutMs)
  const wallMs = () => Math.round(now() - startedMs)
  try {
    const response = await fetch(due.delivery.url, {
      method: 'POST',
      headers: callbackHeaders(due),
      body: due.delivery.body,
      redirect: 'manual',
      signal: abort.signal,
    })
    await response.body?.cancel()
    return { kind: 'answered', status: response.status, wallMs: wallMs() }
  } catch (error) {
    if (abort.signal.aborted) return { kind: 'timed-out', wallMs: wallMs() }
    return { kind: 'failed', error: reason(error), wallMs: wallMs() }
  } finally {
    clearTimeout(timer)
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}
