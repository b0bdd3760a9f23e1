import type { Account } from '../engine/account.ts'
import type { World } from '../engine/world.ts'
import type { ApiResponse } from './http.ts'

/** One authenticated, validated request on its way to an operation. */
export interface Call<Body = unknown> {
  readonly world: World
  readonly account: Account
  /** Validated, with defaults filled in. */
  readonly body: Body
  /** The path parameter, decoded; empty where the operation has none. */
  readonly id: string
  readonly query: URLSearchParams
  readonly requestId: string
  /** Where the client finds the World's images. */
  readonly imagesUrl: string
  /** Whether the client is gone. */
  readonly hasLeft: () => boolean
  /** For the journal. */
  subject: string | null
  readonly warnings: string[]
}

export type OperationFunction<Body = never> = (call: Call<Body>) => ApiResponse | Promise<ApiResponse>

export function json(call: Pick<Call, 'requestId'>, status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', 'x-request-id': call.requestId }, body }
}
