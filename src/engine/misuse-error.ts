import { excerpt } from './excerpt.ts'

/**
 * The caller used the library in a way that cannot mean anything; the message says what was expected. Never an answer
 * of the API.
 */
export class MisuseError extends Error {
  override readonly name: string = 'MisuseError'
}

/** What was asked for makes sense, but its id or key is taken. */
export class TakenError extends MisuseError {}

/** What was asked for makes sense, but it is too late for it. */
export class TooLateError extends MisuseError {}

const SHOWN_LENGTH = 300

/** A value as a message tells it, long ones by their beginning; whatever it is, showing it does not fail. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(excerpt(value, SHOWN_LENGTH))
  try {
    return excerpt(JSON.stringify(value) ?? String(value), SHOWN_LENGTH)
  } catch {
    return String(value)
  }
}
