import { type ReadonlySignal, signal } from '@preact/signals'

export interface Question {
  readonly title: string
  /** What will be lost. */
  readonly text: string
  /** The button that does it. */
  readonly yes: string
}

interface OpenQuestion extends Question {
  answer(isYes: boolean): void
}

const asked = signal<OpenQuestion | null>(null)
/** The question that waits for an answer. */
export const question: ReadonlySignal<OpenQuestion | null> = asked

/** Asks before something that cannot be undone. A question that another one replaces is answered no. */
export function ask(wanted: Question): Promise<boolean> {
  asked.peek()?.answer(false)
  return new Promise((resolve) => {
    asked.value = {
      ...wanted,
      answer: (isYes) => {
        asked.value = null
        resolve(isYes)
      },
    }
  })
}
