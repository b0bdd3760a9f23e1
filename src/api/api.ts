import type { CallbackPolicy } from '../engine/callback-target.ts'
import type { Dialect } from '../engine/dialect.ts'
import type { Job } from '../engine/job.ts'
import type { LoadSource } from '../engine/load.ts'
import type { RefusalReason } from '../engine/refusal.ts'
import type { World } from '../engine/world.ts'
import type { WorldOptions } from '../engine/world-options.ts'
import type { DocumentedTable, Validate, ValidationIssue } from '../spec/operation.ts'
import type { OperationFunction } from './call.ts'
import type { ApiRequest, ApiResponse } from './http.ts'

/** Everything that makes a server of one API: what it is called over HTTP, and what it says. */
export interface Api {
  readonly dialect: Dialect
  createWorld(options: Partial<WorldOptions>): World
  /** Where it is found when nobody says otherwise, without a trailing slash. */
  readonly defaultBaseUrl: string
  /** What every path begins with. */
  readonly basePath: string
  readonly operations: DocumentedTable
  /** Each operation, by its id. */
  readonly implementations: Readonly<Record<string, OperationFunction>>
  /** The key that a request brings; `null` if none. */
  credential(request: Pick<ApiRequest, 'header'>): string | null
  /** What a request is about, for scenarios: in words, and its idempotency key. */
  subject(body: unknown, request: ApiRequest): { label: string; idempotencyKey: string | null }
  /** What the schema of a body cannot say of it. */
  problems(body: unknown, policy: CallbackPolicy, found: readonly Problem[]): Problem[]
  /** A finding that is better told in words of the API's own; `null` if it is not. */
  wording(issue: ValidationIssue, field: string): Pick<Problem, 'msg' | 'type'> | null
  /** The whole answer to a request that is not carried out. */
  refuse(requestId: string, reason: Reason): ApiResponse
  /** Headers of requests and answers that a page of another origin may use. */
  readonly cors: { readonly request: string; readonly response: string }
  /** What it serves besides its operations; `null` for nothing. */
  readonly files: Files | null
  /** Contents for Worlds that come with it, by name. */
  readonly fixtures: Readonly<Record<string, () => Promise<LoadSource>>>
  /** All that was asked for by a job's request, as the control API tells it. */
  viewRequest(job: Job): Record<string, unknown>
  /** Control operations that are this API's own, by id: what they answer of a World. */
  readonly lists: Readonly<Record<string, (world: World, query: URLSearchParams) => unknown>>
  /** What a control request's body must be where this API's words differ, by operation id. */
  readonly controlBodies: Readonly<Record<string, Validate>>
  /** The same of its query parameters, by operation id and name. */
  readonly controlQueries: Readonly<Record<string, Readonly<Record<string, Validate>>>>
}

/** Files whose signed URLs its answers hold: they need no key. */
export interface Files {
  /** The host that serves them when nobody says otherwise. */
  readonly host: string
  /** The id of the World whose file a path is, below a server's origin; `null` if it is none. */
  worldOf(path: string): string | null
  /**
   * @param worlds those whose file it might be
   * @param url the full URL as the client asked for it
   */
  answer(
    worlds: Iterable<World>,
    url: string,
    request: Pick<ApiRequest, 'method' | 'header' | 'hasLeft'>,
  ): Promise<ApiResponse>
  /** Loads what the first file needs, so that whoever asks for it does not wait. */
  warmUp(isOver: () => boolean): Promise<void>
}

/** One thing that is wrong with a request. */
export interface Problem {
  /** Where: `['body', 'inputs', 0]`. */
  loc: (string | number)[]
  msg: string
  type: string
}

/** Why a request is not carried out, or its answer not what it would have been. */
export type Reason =
  | RefusalReason
  | { readonly kind: 'no-endpoint'; readonly path: string }
  | { readonly kind: 'method'; readonly method: string; readonly allow: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'no-key' }
  | { readonly kind: 'bad-key'; readonly hint: string }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  /** A scenario has it so. */
  | { readonly kind: 'fault'; readonly status: number; readonly retryAfter: number | null; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }
  | { readonly kind: 'not-implemented'; readonly detail: string }
  | { readonly kind: 'internal'; readonly detail: string }
