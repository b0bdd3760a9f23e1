import { ControlFailure, type ControlFetch } from '../../control/index.ts'
import type { Deadline } from '../deadline.ts'
import { MOST_BYTES } from './limits.ts'
import { CLOSED, NoAnswer } from './line.ts'
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
export function controlFetch(wire: Wire, deadline: Deadline = wire.deadline): ControlFetch {
  const patience = deadline === wire.deadline ? wire.patience : new Patience(deadline)
  const bounds = { timeoutMs: TIMEOUT_MS, deadline, mostBytes: () => MOST_BYTES.control }
  return async (url, { method, headers, body }) => {
    const what = (): string => `${method} ${new URL(url).pathname}`
    let isSecondTry = false
    for (let limited = 0; ; ) {
      await patience.turn()
      try {
        const answered = await wire.line.exchange({ method, url, headers, body }, bounds, async (each) => each)
        const { status, bytes } = answered
        if (status < 200 || status > 599) throw new NoAnswer(`was answered ${status}`)
        if (status === 429) {
          await patience.wait(what(), answered.headers.get('retry-after'), limited++)
          continue
        }
        const text = async (): Promise<string> => new TextDecoder().decode(bytes)
        return { status, type: 'default', headers: answered.headers, body: null, text }
      } catch (error) {
        // An idle connection may be closed just as we send (RFC 9110, 9.2.2).
        if (error instanceof NoAnswer && error.message === CLOSED && method === 'GET' && !isSecondTry) {
          isSecondTry = true
          continue
        }
        if (error instanceof NoAnswer) throw new ControlFailure(`${what()} ${error.message}`, null, { cause: error })
        throw error
      }
    }
  }
}
