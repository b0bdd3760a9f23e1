import type { Source } from './source.ts'

/** One finding of a validator. */
export interface ValidationIssue {
  /** JSON pointer to the value at fault; empty for the whole. */
  instancePath: string
  schemaPath: string
  keyword: string
  params: Record<string, unknown>
  message?: string
  /** Of answers and control requests: the schema that the value is not as. */
  parentSchema?: {
    /** Of answers: what openapi.yaml says of its origin. */
    readonly 'x-source'?: SchemaSource
    /** Of control requests: the schema in words, which complete `expects …`. */
    readonly 'x-expects'?: string
    readonly properties?: Readonly<Record<string, { readonly 'x-expects'?: string }>>
  }
}

/** Where each keyword of a schema comes from; `*` stands for all others, and `required` may say it for each property. */
export type SchemaSource = Readonly<Record<string, Source | Readonly<Record<string, Source>>>>

/** Where the part of openapi.yaml comes from that an answer differs from. What is not said is of the guide. */
export function sourceOf({ keyword, params, parentSchema }: ValidationIssue): Source {
  const stated = parentSchema?.['x-source'] ?? {}
  const ofKeyword = stated[keyword]
  const source = typeof ofKeyword === 'object' ? ofKeyword[String(params['missingProperty'])] : ofKeyword
  return source ?? (stated['*'] as Source | undefined) ?? 'guide'
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
  /** Names of the headers that are always there, and where that is promised. */
  readonly headers: Readonly<Record<string, Source>>
  /** Where its content type is promised. */
  readonly source: Source
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
  /** Names of the body's fields; empty without a body. */
  readonly requestFields: readonly string[]
}

/** An operation with all that it may answer. */
export interface DocumentedOperation<Id extends string = string> extends Operation<Id> {
  readonly responses: Readonly<Record<number, DocumentedResponse>>
}

export type OperationTable<Id extends string = string> = { readonly [Key in Id]: Operation<Key> }
export type DocumentedTable<Id extends string = string> = { readonly [Key in Id]: DocumentedOperation<Key> }

/** One request that the service sends to its client. */
export interface Callback {
  readonly operationId: string
  readonly method: 'POST'
  readonly contentType: string
  readonly validate: Validate
  /** Header name to the validator of its value; all of them are always there. */
  readonly headers: Readonly<Record<string, Validate>>
}
