import { REAL_WALL } from '../drive/wall.ts'

/**
 * Calls `then` after so much real time, whatever has become of `setTimeout`; keeps no process alive.
 *
 * @returns a function that cancels it
 */
export function afterReal(ms: number, then: () => void): () => void {
  const atMs = REAL_WALL.now() + ms
  let timer: { cancel(): void }
  // A wall wakes whoever waits long before the time.
  const wait = (): void => {
    const leftMs = atMs - REAL_WALL.now()
    timer = REAL_WALL.wake(leftMs, () => (REAL_WALL.now() >= atMs - 1 ? then() : wait()))
  }
  wait()
  return () => timer.cancel()
}

/** Resolves after so much real time. */
export function realPause(ms: number): Promise<void> {
  return new Promise((resolve) => afterReal(ms, resolve))
}
