import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ControlFailure } from '../../control/index.ts'
import { changed } from './live.ts'
import { sentence } from './session.ts'
import { worldProblem } from './world.ts'

/** What the page has read of something on the server. */
export interface Live<Value> {
  /** `undefined` before the first answer. While the server cannot be reached, the last answer stays. */
  readonly value: Value | undefined
  readonly error: string | null
  /** Whether the server answered that it does not exist, or no longer. */
  readonly missing: boolean
}

/** Reads at most four times a second, and spends at most a fifth of the time on reading. */
const SHORTEST_PAUSE_MS = 250
const PAUSE_PER_READING = 4

/**
 * Reads something, and again whenever anything happens in the World.
 *
 * @param read reads it
 * @param key names what is read; when it changes, the new one is read at once, and the last answer stays until then
 */
export function useLive<Value>(read: () => Promise<Value>, key: string): Live<Value> {
  const state = useSignal<Live<Value>>({ value: undefined, error: null, missing: false })
  // `read` is another function at each render; the key says whether it reads something else.
  useEffect(() => {
    let over = false
    let busy = false
    let again = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = async (): Promise<void> => {
      if (busy) {
        again = true
        return
      }
      busy = true
      again = false
      const startedMs = performance.now()
      const next = await read().then(
        (value) => ({ value, error: null, missing: false }),
        (error) => ({
          value: state.peek().value,
          error: sentence(error),
          missing: error instanceof ControlFailure && error.status === 404,
        }),
      )
      if (over) return
      state.value = next
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, (performance.now() - startedMs) * PAUSE_PER_READING)
      timer = setTimeout(() => {
        busy = false
        if (again) refresh()
      }, pauseMs)
    }
    const unfollow = changed.subscribe(() => void refresh())
    return () => {
      over = true
      unfollow()
      clearTimeout(timer)
    }
  }, [key])
  // If the World itself cannot be read, the page already shows that.
  return worldProblem.value === null ? state.value : { ...state.value, error: null, missing: false }
}
