/** The control API refused, or could not be reached (`status` is then `null`). */
export class ControlFailure extends Error {
  override readonly name: string = 'ControlFailure'
  readonly status: number | null

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
