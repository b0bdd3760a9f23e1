import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ControlFailure } from '../../control/index.ts'
import { changed } from './live.ts'
import { sentence } from './session.ts'
import { worldProblem } from './world.ts'

/** What is known of something on the server. */
export interface Live<Value> {
  /** `undefined` until it first arrived. The last one stays while the server is away. */
  readonly value: Value | undefined
  readonly error: string | null
  /** Whether the server said that there is no such thing, or no longer. */
  readonly missing: boolean
}

/** At most four times a second, and never more than a fifth of the time: what takes long to read is read less often. */
const SHORTEST_PAUSE_MS = 250
const PAUSE_PER_READING = 4

/**
 * Reads something, and again whenever anything happens in the World.
 *
 * @param read how
 * @param key what is read; a change of it is read at once, and until then the last one stays
 */
export function useLive<Value>(read: () => Promise<Value>, key: string): Live<Value> {
  const state = useSignal<Live<Value>>({ value: undefined, error: null, missing: false })
  // The key stands for what `read` closes over.
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
  // Where the whole World cannot be read, that is said once.
  return worldProblem.value === null ? state.value : { ...state.value, error: null, missing: false }
}
