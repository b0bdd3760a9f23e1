import type { Format } from './image-request.ts'
import type { JobStatus } from './job.ts'

/** Where a defect shows. What is left out does not matter. */
export interface Place {
  /** `edit`, `generate`, `enhance`, `remix`; for API keys, any operationId. */
  readonly operation?: string
  /** `later`: every account of a World but its first. */
  readonly account?: 'first' | 'later'
  /** At least this many outputs are asked for. */
  readonly outputs?: number
  readonly callback?: true
  readonly status?: JobStatus
  readonly format?: Format
  /** One output of a job, counted from 1. `later`: every output but the first. */
  readonly output?: number | 'later' | 'last'
}

/** What is known at the point where the target may go wrong. A `Job` is a spot. */
export interface Spot {
  readonly operation?: string
  readonly account?: { readonly nth: number }
  readonly request?: {
    readonly operation: string
    readonly outputs: number
    readonly callbackUrl: string | null
    readonly format: Format
  }
  readonly status?: JobStatus
  /** Counted from 0. */
  readonly output?: number
}

/** Whether the spot is in the place. A spot that does not tell what the place asks for is outside. */
export function isWithin(spot: Spot, place: Place): boolean {
  const { operation, account, outputs = 0, callback, status, format, output } = place
  const { request } = spot
  return (
    (operation === undefined || operation === (spot.operation ?? request?.operation)) &&
    (account === undefined || (spot.account !== undefined && (spot.account.nth === 1) === (account === 'first'))) &&
    outputs <= (request?.outputs ?? 0) &&
    (callback === undefined || typeof request?.callbackUrl === 'string') &&
    (status === undefined || status === spot.status) &&
    (format === undefined || format === request?.format) &&
    (output === undefined || isOutput(output, spot))
  )
}

function isOutput(wanted: number | 'later' | 'last', { output, request }: Spot): boolean {
  if (output === undefined) return false
  if (wanted === 'later') return output > 0
  return output + 1 === (wanted === 'last' ? request?.outputs : wanted)
}
