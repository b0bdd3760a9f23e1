/** The client left before its answer was made, so that nobody would have seen it. */
export class ClientLeft extends Error {
  override readonly name: string = 'ClientLeft'
}

/** The answer cannot be made here; its message says why, and what would help. */
export class NotImplemented extends Error {
  override readonly name: string = 'NotImplemented'
}
