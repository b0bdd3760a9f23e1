import { effect, type ReadonlySignal, signal } from '@preact/signals'
import { touch } from './live.ts'
import { place, placeAhead } from './route.ts'
import { sentence } from './session.ts'

interface Told {
  readonly text: string
  readonly failed: boolean
  /** The page that it belongs to. */
  readonly place: string
}

const told = signal<Told>({ text: '', failed: false, place: '' })
/** The outcome of the last action. */
export const status: ReadonlySignal<Told> = told

/** Shows a message in the status line. */
export function notify(text: string, failed = false): void {
  told.value = { text, failed, place: placeAhead() }
}

// A message goes when its page goes.
effect(() => {
  if (told.peek().place !== place.value) told.value = { text: '', failed: false, place: place.value }
})

/**
 * Runs an action, and shows its outcome in the status line.
 *
 * @param action returns the message to show
 * @returns whether it worked
 */
export async function act(action: () => Promise<string>): Promise<boolean> {
  try {
    notify(await action())
    touch()
    return true
  } catch (error) {
    notify(sentence(error), true)
    return false
  }
}
