export interface FieldError {
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly type: string
}

/** A request that is not carried out, and why. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string | null
  readonly fields: readonly FieldError[]

  constructor(status: number, code: string | null, detail: string, fields: readonly FieldError[] = []) {
    super(detail)
    this.status = status
    this.code = code
    this.fields = fields
  }
}

export const notFound = (what: string): Refusal => new Refusal(404, 'NOT_FOUND', `No such ${what}.`)

export const invalid = (fields: readonly FieldError[]): Refusal => new Refusal(422, null, 'Validation failed', fields)
