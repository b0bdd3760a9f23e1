import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Api } from '../api/api.ts'
import { corsHeaders, isPreflight, preflight } from '../api/cors.ts'
import { type ApiRequest, type ApiResponse, MAX_BODY_BYTES } from '../api/http.ts'
import { controlBasePath } from '../control-api/handle-control.ts'
import type { Redactor } from '../control-api/redactor.ts'
import { visible } from '../text/printable.ts'
import type { ClientOrigin } from './client-origin.ts'
import { type Dashboard, openDashboard } from './dashboard-files.ts'
import { describe } from './descriptions.ts'
import { streamEvents } from './event-stream.ts'
import { type ControlAccess, type Denial, denyCallback, denyName, denySite, denyStranger } from './guard.ts'
import type { Logger } from './logger.ts'
import { kindOf, type PathKind } from './path-kind.ts'
import { BodyReader, type Read } from './read-body.ts'
import { json, type Outcome } from './respond.ts'
import { rootPage } from './root-page.ts'
import { spoil } from './spoil.ts'
import { WriteQueue, write } from './write-queue.ts'

export interface DoorOptions {
  readonly api: Api
  readonly publicUrl: string
  /** Which client's name download URLs follow. */
  readonly originOf: ClientOrigin
  readonly logger: Logger | undefined
  readonly redactor: Redactor
  /** The origin whose pages may use the API, `*` for all; `null` for none. */
  readonly cors: string | null
  /** `null` for no control API. */
  readonly control: ControlAccess | null
  /** Whether an API key is anybody's. */
  readonly isKnown: (key: string) => boolean
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
}

/** Answers what a request asks, once it may be asked. */
export type Answer = (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>

const NO_REQUEST_ID = '0'.repeat(32)
const BUSY = 'The bodies of too many requests are being read at once. Nothing happened; try again.'

/**
 * Translates between the socket and the API. What need not wait does not: a poll is answered in the turn in which it
 * came.
 */
export class Door {
  readonly #answer: Answer
  readonly #options: DoorOptions
  readonly #dashboard: Dashboard
  readonly #bodies = new BodyReader()
  readonly #queue = new WriteQueue((raw, error) => write(raw, this.#failed(error)))

  constructor(answer: Answer, options: DoorOptions) {
    this.#answer = answer
    this.#dashboard = openDashboard(options.publicUrl)
    this.#options = options
  }

  /**
   * Answers a request, sooner or later.
   *
   * @param isWaiting whether the client sends its body only once it is told to (`Expect: 100-continue`)
   */
  answer(request: IncomingMessage, raw: ServerResponse, isWaiting = false): void {
    // RFC 9112, 3.2.2: a server takes absolute-form too.
    const url = (request.url as string).replace(/^https?:\/\/[^/?#]*(?=\/)/i, '')
    const startedMs = this.#options.logger ? performance.now() : 0
    const send = (outcome: Outcome, isLate = true): void => {
      const response = this.#sent(request, url, raw, outcome, startedMs)
      // What was waited for, a commit above all, came to many at once already.
      if (response && isLate) write(raw, response)
      else if (response) this.#queue.add(raw, response)
    }
    const fail = (error: unknown): void => send(this.#failed(error))
    const respond = (body: Read, bodySha256: string | null): void => {
      if (body === 'one-too-many') {
        send(this.#options.api.refuse(NO_REQUEST_ID, { kind: 'unavailable', detail: BUSY }))
        return
      }
      try {
        const outcome = this.#respond(request, raw, url, { body, bodySha256 })
        if (outcome instanceof Promise) outcome.then((made) => send(made)).catch(fail)
        else send(outcome, false)
      } catch (error) {
        fail(error)
      }
    }
    if (isWaiting) {
      const body = this.#unread(request, url)
      if (body !== undefined) {
        // Nobody can tell whether the body still comes, so no other request may follow it.
        raw.shouldKeepAlive = false
        respond(body, null)
        return
      }
      raw.writeContinue()
    }
    this.#bodies.read(request, respond, (error) => {
      // Of a client that broke off, nobody is there to be told.
      if (!request.destroyed) fail(error)
    })
  }

  /** Whatever gets here is a bug of ours; the client learns that, and no more. */
  #failed(error: unknown): ApiResponse {
    console.error(visible(inspect(error)))
    const detail = 'phota-mock failed to answer; its log says why.'
    return this.#options.api.refuse(NO_REQUEST_ID, { kind: 'internal', detail })
  }

  /** What stands for a body that need not be sent, because nothing in it could change the answer; else `undefined`. */
  #unread(request: IncomingMessage, url: string): 'too-large' | null | undefined {
    const { api, control, isKnown } = this.#options
    const kind = kindOf(api, request.method as string, url.split('?', 1)[0] as string)
    if (kind === 'control' && control !== null) {
      const denial = denyControl(api, request, control)
      return denial ? null : undefined
    }
    const key = api.credential({ header: (name) => header(request, name) })
    if (key === null || !isKnown(key)) return null
    return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES ? 'too-large' : undefined
  }

  #respond(
    request: IncomingMessage,
    raw: ServerResponse,
    url: string,
    read: Pick<ApiRequest, 'body' | 'bodySha256'>,
  ): Outcome | Promise<Outcome> {
    const method = request.method as string
    const at = url.indexOf('?')
    const path = at < 0 ? url : url.slice(0, at)
    const { api, control, cors } = this.#options
    // RFC 9112, 3.2: nobody could say which of the two the control API is to go by.
    if (hostsOf(request) > 1)
      return api.refuse(NO_REQUEST_ID, { kind: 'malformed', detail: 'The request has more than one Host header.' })
    const origin = this.#options.originOf(request.headers.host)
    const file = control === null ? null : (describeControl(method, path) ?? this.#dashboard(method, path))
    if (file) return this.#show(request, file, control as ControlAccess)
    const kind = kindOf(api, method, path)
    if (cors !== null && kind !== 'control') {
      raw.setHeaders(new Headers(corsHeaders(api, cors)))
      if (isPreflight(method, request.headers['access-control-request-method'])) return preflight(api)
    }
    if (kind === 'control' && control !== null) {
      const denial = denyControl(api, request, control)
      if (denial) return json(denial.status, { message: denial.message })
    }
    const open = kind === 'api' ? this.#open(method, path, request, origin) : null
    if (open) return open
    const asked: ApiRequest = {
      method,
      path,
      query: at < 0 ? '' : url.slice(at + 1),
      header: (name) => header(request, name),
      origin,
      body: read.body,
      bodySha256: read.bodySha256,
      hasLeft: () => request.socket.destroyed,
    }
    return this.#answer(kind === 'control' && control === null ? 'api' : kind, asked)
  }

  /** What tells anybody what this is. */
  #open(
    method: string,
    path: string,
    { headers }: IncomingMessage,
    origin: string | null,
  ): ApiResponse | Promise<ApiResponse> | null {
    const { publicUrl, control } = this.#options
    if (path !== '/' || (method !== 'GET' && method !== 'HEAD')) return describe(method, path)
    return rootPage(headers.accept ?? '', origin ?? publicUrl, control !== null)
  }

  /** A link on another site may lead to the files: they tell nothing, and what they ask for is guarded by itself. */
  #show(
    request: IncomingMessage,
    file: ApiResponse | Promise<ApiResponse>,
    access: ControlAccess,
  ): ApiResponse | Promise<ApiResponse> {
    const denial = denyName(request, access)
    return denial ? json(denial.status, { message: denial.message }) : file
  }

  /** @returns what is still to be written of the answer; `null` if that is seen to */
  #sent(
    request: IncomingMessage,
    url: string,
    raw: ServerResponse,
    outcome: Outcome,
    startedMs: number,
  ): ApiResponse | null {
    if ('follow' in outcome) {
      streamEvents(raw, outcome.follow, this.#options.closing)
      return null
    }
    const { logger, redactor } = this.#options
    logger?.request({ method: request.method as string, url }, outcome, performance.now() - startedMs, redactor)
    const { wire } = outcome
    if (!wire || raw.destroyed) return outcome
    if (wire.connection) spoil(raw, outcome, wire)
    else sleep(wire.latencyMs).then(() => this.#queue.add(raw, outcome))
    return null
  }
}

function denyControl({ dialect }: Api, request: IncomingMessage, access: ControlAccess): Denial | null {
  return denyCallback(request, dialect.signatureHeader) ?? denySite(request, access) ?? denyStranger(request, access)
}

function describeControl(method: string, path: string): Promise<ApiResponse> | null {
  return path.startsWith(`${controlBasePath}/`) ? describe(method, path) : null
}

/** As text, headers and body leave in one piece. */
/** Node keeps the first one and drops the others. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts
}

function header({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}
