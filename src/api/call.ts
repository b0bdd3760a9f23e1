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
  readonly header: (name: string) => string | null
  readonly requestId: string
  /** Where the client finds the World's files. */
  readonly filesUrl: string
  /** Whether the client is gone. */
  readonly hasLeft: () => boolean
  /** For the journal. */
  subject: string | null
  readonly warnings: string[]
}

export type OperationFunction<Body = never> = (call: Call<Body>) => ApiResponse | Promise<ApiResponse>
