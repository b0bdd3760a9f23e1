import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiRequest, ApiResponse } from '../../api/http.ts'
import { isRecord } from '../../engine/fields.ts'
import { basePath as controlBasePath } from '../../spec/control/index.ts'
import { nameIn, type PathKind } from '../path-kind.ts'
import { json, type Outcome } from '../respond.ts'
import type { Link } from './link.ts'

const WORLDS = `${controlBasePath}/worlds`
const MOST_AWAY_IN_A_ROW = 8

/** What a connection has asked of other workers than the one that holds it. */
interface Away {
  worker: number
  timesInARow: number
  open: number
}

/** Has each request answered by the worker whose World it is for. */
export class Routing {
  readonly #link: Link
  readonly #respond: (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>
  readonly #away = new WeakMap<Socket, Away>()
  #turn = 0

  /** @param respond answers what is for this worker */
  constructor(link: Link, respond: (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>) {
    this.#link = link
    this.#respond = respond
    link.answerBy(respond)
  }

  answer(kind: PathKind, request: ApiRequest, raw: ServerResponse): Outcome | Promise<Outcome> {
    if (kind === 'control' && request.path === WORLDS && request.method === 'GET') return this.#listWorlds(request)
    const worker = this.#workerFor(kind, request)
    if (worker !== this.#link.self) return this.#askFor(raw, worker, kind, request)
    const away = this.#away.get(raw.req.socket)
    if (away) away.timesInARow = 0
    return this.#respond(kind, request)
  }

  /** A connection that keeps asking for one other worker is closed, so that the client's next one is given to that worker. */
  async #askFor(raw: ServerResponse, worker: number, kind: PathKind, request: ApiRequest): Promise<Outcome> {
    const socket = raw.req.socket
    const away = this.#away.get(socket) ?? { worker, timesInARow: 0, open: 0 }
    this.#away.set(socket, away)
    away.timesInARow = away.worker === worker ? away.timesInARow + 1 : 1
    away.worker = worker
    away.open++
    try {
      return await this.#link.ask(worker, kind, request)
    } finally {
      away.open--
      // Never before requests that have come already.
      if (away.timesInARow >= MOST_AWAY_IN_A_ROW && away.open === 0) raw.setHeader('connection', 'close')
    }
  }

  #workerFor(kind: PathKind, request: ApiRequest): number {
    const name = nameIn(kind, request.path, request.apiKey)
    if (name !== null) return this.#link.ownerOf(name)
    if (request.path !== WORLDS) return this.#link.self
    // A World that is to be named, or to be found by a certain key, has its place; others are spread.
    const wanted = nameOf(request.body)
    if (wanted !== null) return this.#link.ownerOf(wanted)
    this.#turn = (this.#turn + 1) % this.#link.prefixes.length
    return (this.#link.self + this.#turn) % this.#link.prefixes.length
  }

  async #listWorlds(request: ApiRequest): Promise<Outcome> {
    const answers = await Promise.all(
      this.#link.prefixes.map(
        (_, worker) =>
          (worker === this.#link.self
            ? this.#respond('control', request)
            : this.#link.ask(worker, 'control', request)) as Promise<ApiResponse>,
      ),
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
