import { handle } from '../api/handle.ts'
import type { ApiRequest, ApiResponse } from '../api/http.ts'
import type { Follow } from '../control-api/events.ts'
import { handleControl } from '../control-api/handle-control.ts'
import { hintAtStandstill } from '../drive/standstill.ts'
import type { PathKind } from './path-kind.ts'
import type { ServerHost } from './server-host.ts'

export type Outcome = ApiResponse | { readonly follow: Follow }

/** Answers what this process' Worlds are asked, however it came here. Whether it may be asked is judged before. */
export function respond(host: ServerHost, kind: PathKind, request: ApiRequest): Outcome | Promise<Outcome> {
  if (kind === 'control') return steer(host, request)
  const { files } = host.api
  const world = kind === 'file' && files !== null ? host.worlds.get(files.worldOf(request.path) ?? '') : undefined
  if (!world || files === null) return call(host, request)
  host.enter(world)
  const query = request.query === '' ? '' : `?${request.query}`
  return files.answer([world], host.origin + request.path + query, request)
}

function call(host: ServerHost, request: ApiRequest): ApiResponse | Promise<ApiResponse> {
  const answer = handle(host, request)
  if (!(answer instanceof Promise)) return answer
  const world = host.find(host.api.credential(request) ?? '')?.world
  return world
    ? hintAtStandstill(answer, host.driveOf(world), request.hasLeft, (hint) => host.hint(world, hint))
    : answer
}

async function steer(host: ServerHost, request: ApiRequest): Promise<Outcome> {
  const outcome = await handleControl(host, request)
  return 'follow' in outcome ? outcome : json(outcome.status, outcome.body)
}

/** @param body `null` for none */
export function json(status: number, body: unknown): ApiResponse {
  if (body === null) return { status, headers: {}, body: '' }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
