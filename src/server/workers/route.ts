import type { ApiRequest, ApiResponse } from '../../api/http.ts'
import { isRecord } from '../../engine/fields.ts'
import { basePath as controlBasePath } from '../../spec/control/index.ts'
import { json, type Outcome, type PathKind, worldOfImage } from '../respond.ts'
import type { Link } from './link.ts'

const WORLDS = `${controlBasePath}/worlds`

/** Has each request answered by the worker whose World it is for. */
export class Routing {
  readonly #link: Link
  readonly #respond: (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>
  #turn = 0

  /** @param respond answers what is for this worker */
  constructor(link: Link, respond: (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>) {
    this.#link = link
    this.#respond = respond
    link.answerBy(respond)
  }

  answer(kind: PathKind, request: ApiRequest): Outcome | Promise<Outcome> {
    if (kind === 'control' && request.path === WORLDS && request.method === 'GET') return this.#listWorlds(request)
    return this.#ask(this.#workerFor(kind, request), kind, request)
  }

  #ask(worker: number, kind: PathKind, request: ApiRequest): Outcome | Promise<Outcome> {
    return worker === this.#link.self ? this.#respond(kind, request) : this.#link.ask(worker, kind, request)
  }

  #workerFor(kind: PathKind, request: ApiRequest): number {
    if (kind === 'api') return this.#link.ownerOf(request.apiKey ?? '')
    if (kind === 'image') return this.#link.ownerOf(worldOfImage(request.path))
    if (request.path !== WORLDS) return this.#link.ownerOf(request.path.slice(WORLDS.length + 1))
    // A World that is to be named, or to be found by a certain key, has its place; others are spread.
    const name = nameOf(request.body)
    if (name !== null) return this.#link.ownerOf(name)
    this.#turn = (this.#turn + 1) % this.#link.prefixes.length
    return (this.#link.self + this.#turn) % this.#link.prefixes.length
  }

  async #listWorlds(request: ApiRequest): Promise<Outcome> {
    const answers = await Promise.all(
      this.#link.prefixes.map((_, worker) => this.#ask(worker, 'control', request) as Promise<ApiResponse>),
    )
    const refusal = answers.find(({ status }) => status !== 200)
    if (refusal) return refusal
    const worlds = answers.flatMap(({ body }) => (JSON.parse(String(body)) as { worlds: unknown[] }).worlds)
    return json(200, { worlds })
  }
}

/** The id, or else the first key, of a World that is to be made; `null` if it has neither, or is none. */
function nameOf(body: ApiRequest['body']): string | null {
  if (!(body instanceof Uint8Array)) return null
  let wanted: unknown
  try {
    wanted = JSON.parse(Buffer.from(body).toString())
  } catch {
    return null
  }
  if (!isRecord(wanted)) return null
  if (typeof wanted['id'] === 'string') return wanted['id']
  const contents = isRecord(wanted['contents']) ? wanted['contents'] : {}
  for (const accounts of [wanted['accounts'], contents['accounts']]) {
    for (const account of Array.isArray(accounts) ? accounts : []) {
      const key = isRecord(account) && Array.isArray(account['keys']) ? account['keys'][0] : null
      if (typeof key === 'string') return key
    }
  }
  return null
}
