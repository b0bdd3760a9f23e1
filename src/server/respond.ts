import { download } from '../api/download.ts'
import { handle } from '../api/handle.ts'
import type { ApiRequest, ApiResponse } from '../api/http.ts'
import type { Follow } from '../control-api/events.ts'
import { controlBasePath, handleControl } from '../control-api/handle-control.ts'
import { basePath } from '../spec/index.ts'
import type { ServerHost } from './server-host.ts'

export type Outcome = ApiResponse | { readonly follow: Follow }

/** What a path is about. */
export type PathKind = 'api' | 'control' | 'image'

/** An image's path: the World's id, the day, the file. */
const IMAGE = /^\/([^/]+)\/\d{8}\/[^/]+$/

export function kindOf(method: string, path: string): PathKind {
  if (path.startsWith(basePath)) return 'api'
  if (path.startsWith(`${controlBasePath}/`)) return 'control'
  return (method === 'GET' || method === 'HEAD') && IMAGE.test(path) ? 'image' : 'api'
}

/** The id of the World whose image a path is. */
export function worldOfImage(path: string): string {
  return IMAGE.exec(path)?.[1] ?? ''
}

/** Answers what this process' Worlds are asked, however it came here. Whether it may be asked is judged before. */
export function respond(host: ServerHost, kind: PathKind, request: ApiRequest): Outcome | Promise<Outcome> {
  if (kind === 'control') return steer(host, request)
  const world = kind === 'image' ? host.worlds.get(worldOfImage(request.path)) : undefined
  if (!world) return handle(host, request)
  host.enter(world)
  const query = request.query === '' ? '' : `?${request.query}`
  return download([world], host.origin + request.path + query)
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
