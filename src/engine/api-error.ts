import type { ErrorCode } from '../spec/index.ts'

/** A refusal in the API's own terms; `api/` turns it into the documented error body. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError'
  readonly status: number
  readonly code: ErrorCode

  constructor(status: number, code: ErrorCode, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** One answer for every id that means nothing to this account, so that it tells nothing of what others own: poll.unknown, poll.scoped, poll.expired-scoped. */
export function jobNotFound(): ApiError {
  return new ApiError(404, 'NOT_FOUND', 'No such job.')
}

export function profileNotFound(): ApiError {
  return new ApiError(404, 'NOT_FOUND', 'No such profile.')
}
