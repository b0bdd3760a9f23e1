import { ControlFailure } from '../../control/index.ts'
import type { Deadline } from '../deadline.ts'
import { MOST_BYTES } from './limits.ts'
import { NoAnswer } from './line.ts'
import { Patience } from './patience.ts'
import type { Wire } from './wire.ts'

/** Long, because it moves the clock only once all callbacks that are due were tried. */
const TIMEOUT_MS = 120_000

/**
 * The `fetch` of the control client, within the same bounds as everything else. Its exchanges are nobody's evidence, so
 * they are not remembered.
 *
 * @param deadline the run's, if left out
 */
export function controlFetch(wire: Wire, deadline: Deadline = wire.deadline): typeof globalThis.fetch {
  const patience = deadline === wire.deadline ? wire.patience : new Patience(deadline)
  return async (input, { method = 'GET', headers, body } = {}) => {
    const url = String(input)
    const what = `${method} ${new URL(url).pathname}`
    const asked = {
      method,
      url,
      headers: Object.fromEntries(new Headers(headers)),
      body: typeof body === 'string' ? body : null,
    }
    const bounds = { timeoutMs: TIMEOUT_MS, signal: deadline.signal, mostBytes: () => MOST_BYTES.control }
    for (let limited = 0; ; ) {
      await patience.turn()
      try {
        const response = await wire.line.exchange(asked, bounds, async ({ status, headers: answered, bytes }) => {
          // It is decompressed already.
          answered.delete('content-encoding')
          if (status < 200 || status > 599) throw new NoAnswer(`was answered ${status}`)
          return new Response(NO_BODY.includes(status) ? null : (bytes as BodyInit), { status, headers: answered })
        })
        if (response.status !== 429) return response
        await patience.wait(what, response.headers.get('retry-after'), limited++)
      } catch (error) {
        if (error instanceof NoAnswer) throw new ControlFailure(`${what} ${error.message}`, null, { cause: error })
        throw error
      }
    }
  }
}

/** What a Response refuses to have a body with. */
const NO_BODY = [204, 205, 304]
