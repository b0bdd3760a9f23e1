/** The caller used the library in a way that cannot mean anything; the message says what was expected. Never an answer of the API. */
export class MisuseError extends Error {
  override readonly name: string = 'MisuseError'
}
