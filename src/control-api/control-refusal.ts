/** A refusal of the control API. */
export class ControlRefusal extends Error {
  override readonly name: string = 'ControlRefusal'
  readonly status: 400 | 403 | 404 | 405 | 409

  constructor(status: ControlRefusal['status'], message: string) {
    super(message)
    this.status = status
  }
}

/** A 404 that names what there is. */
export function missing(what: string, id: string, existing: Iterable<string>): ControlRefusal {
  const names = [...existing].slice(0, 20).join(', ')
  return new ControlRefusal(404, `There is no ${what} '${id}'; there ${names === '' ? 'are none' : `are: ${names}`}.`)
}
