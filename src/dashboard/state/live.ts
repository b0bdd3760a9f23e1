import { effect, type ReadonlySignal, signal } from '@preact/signals'
import { ControlFailure, type WorldControl } from '../../control/index.ts'
import { DEFAULT_WORLD } from './route.ts'
import { locked, sentence, world } from './session.ts'

export type Connection = 'connecting' | 'live' | 'reconnecting'

const connectionState = signal<Connection>('connecting')
const changes = signal(0)

/** Whether events arrive. */
export const connection: ReadonlySignal<Connection> = connectionState
/** Increased by each event of the World, because whatever is shown may have changed. */
export const changed: ReadonlySignal<number> = changes

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5000

effect(() => {
  const followed = world.value
  if (locked.value !== null) return
  const leaving = new AbortController()
  follow(followed, leaving.signal)
  return () => leaving.abort()
})

/** Reads again after an action of the page, without waiting for its event. A hidden page reads nothing. */
export function touch(): void {
  if (!document.hidden) changes.value = changes.peek() + 1
}
document.addEventListener('visibilitychange', touch)

/** Whether a World was removed. The default World cannot be: it is back when its server is. */
export function isGone(id: string, error: unknown): boolean {
  return id !== DEFAULT_WORLD && error instanceof ControlFailure && error.status === 404
}

/** Follows a World's event stream. When the stream ends, it reconnects after a delay that grows with each try. */
async function follow(followed: WorldControl, signal: AbortSignal): Promise<void> {
  connectionState.value = 'connecting'
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      for await (const _ of followed.events({ signal })) {
        if (signal.aborted) return
        waitMs = FIRST_WAIT_MS
        connectionState.value = 'live'
        touch()
      }
    } catch (error) {
      if (signal.aborted) return
      sentence(error)
      // A removed World does not come back, so there is no retry; world.ts shows another one.
      if (isGone(followed.id, error)) return
    }
    if (signal.aborted) return
    connectionState.value = 'reconnecting'
    // What is shown may be gone with its World.
    touch()
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
