/** The picture of one output. */
export interface Picture {
  /** The id of its job and the number of the output, `5f3c…-1`. */
  readonly id: string
  readonly file: Uint8Array
}
