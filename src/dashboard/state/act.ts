import { type ReadonlySignal, signal } from '@preact/signals'
import { touch } from './live.ts'
import { sentence } from './session.ts'

interface Told {
  readonly text: string
  readonly failed: boolean
}

const told = signal<Told>({ text: '', failed: false })
/** What the last action came to. */
export const status: ReadonlySignal<Told> = told

/** Says something in the status line. */
export function tell(text: string, failed = false): void {
  told.value = { text, failed }
}

/**
 * Does something, and tells what came of it.
 *
 * @param action answers with the sentence to tell
 * @returns whether it worked
 */
export async function act(action: () => Promise<string>): Promise<boolean> {
  try {
    tell(await action())
    touch()
    return true
  } catch (error) {
    tell(sentence(error), true)
    return false
  }
}
