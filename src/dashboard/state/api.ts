import { control } from './session.ts'
import { accounts } from './world.ts'

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

/** An account's first key. */
export function keyOf(accountId: string | null | undefined): string | undefined {
  return accounts.value.find(({ id }) => id === accountId)?.keys[0]
}

/** A request of an ordinary client; it is in the journal like any other. */
export async function callApi(path: string, key: string, body?: unknown): Promise<ApiAnswer> {
  // Called as a bare function, because a browser's fetch throws with any other `this`.
  const { fetch, baseUrl } = control.peek()
  const response = await fetch(baseUrl + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}
