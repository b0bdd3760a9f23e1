/** One finding of a validator. */
export interface ValidationIssue {
  /** JSON pointer to the value at fault; empty for the whole. */
  instancePath: string
  schemaPath: string
  keyword: string
  params: Record<string, unknown>
  message?: string
}

/** Tells whether the value is valid; `errors` says why the last one was not. Request validators fill in defaults. */
export interface Validate {
  (value: unknown): boolean
  errors?: ValidationIssue[] | null
}

/** One documented answer of an operation. */
export interface DocumentedResponse {
  /** `null` where there is no body. */
  readonly contentType: string | null
  /** `null` where the body is no JSON. */
  readonly validate: Validate | null
  /** Names of the headers that are always there. */
  readonly headers: readonly string[]
}

/** One operation of an OpenAPI description. */
export interface Operation<Id extends string = string> {
  readonly operationId: Id
  readonly tag: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to `basePath`, with `{name}` for each path parameter. */
  readonly path: string
  readonly pathParameters: readonly string[]
  readonly queryParameters: Readonly<Record<string, Validate>>
  readonly requestBody: Validate | null
  readonly responses: Readonly<Record<number, DocumentedResponse>>
}

export type OperationTable<Id extends string> = { readonly [Key in Id]: Operation<Key> }

/** One request that the service sends to its client. */
export interface Callback {
  readonly operationId: string
  readonly method: 'POST'
  readonly contentType: string
  readonly validate: Validate
  /** Header name to the validator of its value; all of them are always there. */
  readonly headers: Readonly<Record<string, Validate>>
}
