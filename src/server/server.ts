import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { download } from '../api/download.ts'
import { handle } from '../api/handle.ts'
import type { ApiRequest, ApiResponse } from '../api/http.ts'
import { warmUpImages } from '../api/image/index.ts'
import { refuse } from '../api/refusal.ts'
import type { Follow } from '../control-api/events.ts'
import { controlBasePath, handleControl } from '../control-api/handle-control.ts'
import { rememberBeginning } from '../control-api/snapshots.ts'
import { sendByFetch } from '../deliver/send.ts'
import type { ClockMode, Drive } from '../drive/drive.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import type { Scenario } from '../engine/scenario.ts'
import { World } from '../engine/world.ts'
import type { LoadSource } from '../engine/world-data.ts'
import type { WorldOptions } from '../engine/world-options.ts'
import type { ControlScenario } from '../spec/control/index.ts'
import { type Dashboard, openDashboard } from './dashboard-files.ts'
import { Drain } from './drain.ts'
import { streamEvents } from './event-stream.ts'
import { type ControlAccess, denyName, denySite, denyStranger } from './guard.ts'
import type { Logger } from './logger.ts'
import { toPublicUrl } from './public-url.ts'
import { readBody } from './read-body.ts'
import { ServerHost } from './server-host.ts'
import { spoil } from './spoil.ts'

/** How a server starts. */
export interface ServerOptions {
  /** 0 for any free one. @default 4010 */
  port?: number
  /** @default '127.0.0.1' */
  host?: string
  /** Where clients reach it, if that is not host and port: download URLs begin with it. */
  publicUrl?: string
  /** @default 'real' */
  clock?: ClockMode
  /** Only under `clock: 'real'`. @default 1 */
  speed?: number
  /** How long, in wall ms, a callback attempt may stay unanswered while the clock does not follow the wall. @default 250 */
  callbackGraceMs?: number
  /** Options of the default World; its `cdnBaseUrl` is the server's own. */
  world?: Partial<WorldOptions>
  /** What the default World holds. */
  contents?: LoadSource
  /** What becomes of which requests to the default World. */
  scenarios?: readonly (Scenario | ControlScenario)[]
  /** Hold each answer against openapi.yaml before it leaves. @default false */
  checkResponses?: boolean
  logger?: Logger
  /** Whether there is a control API, and who besides this machine may use it. @default true */
  control?: boolean | Partial<ControlAccess>
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:4010`; the API is below `/v1/phota`. */
  readonly url: string
  readonly publicUrl: string
  /** The page that shows and moves it all; `null` without the control API. */
  readonly dashboardUrl: string | null
  readonly world: World
  readonly drive: Drive
  readonly host: ServerHost
  /** Stops accepting, lets what runs end for up to `graceMs` wall ms, then closes. @default 2000 */
  close(graceMs?: number): Promise<void>
}

const DEFAULT_WORLD = 'default'

/**
 * Starts the standalone door.
 *
 * @throws {Error} with code EADDRINUSE or EACCES if it cannot listen
 * @throws {MisuseError} if the options or contents make no sense
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { port = 4010, clock = 'real', speed = 1, logger } = options
  // Node takes an empty host for every address there is.
  const host = options.host || '127.0.0.1'
  const givenUrl = options.publicUrl === undefined ? null : toPublicUrl(options.publicUrl)
  let door: Door | null = null
  const app = createApp(async (request, reply) => {
    if (!door) return reply.code(503).send()
    return door.answer(request, reply)
  })
  const drain = new Drain(app.server)
  await app.listen({ port, host })
  try {
    const url = urlOf(app.server.address() as AddressInfo)
    const publicUrl = givenUrl ?? url
    const world = new World({
      ...options.world,
      startMs: options.world?.startMs ?? Date.now(),
      id: DEFAULT_WORLD,
      cdnBaseUrl: `${publicUrl}/${DEFAULT_WORLD}`,
    })
    if (options.contents) world.load(options.contents)
    for (const scenario of options.scenarios ?? []) world.scenario(scenario)
    const serverHost = new ServerHost(world, {
      drive: {
        mode: clock,
        speed,
        send: sendByFetch,
        ...(options.callbackGraceMs !== undefined && { callbackGraceMs: options.callbackGraceMs }),
      },
      publicUrl,
      checkResponses: options.checkResponses ?? false,
      logger,
    })
    rememberBeginning(world, serverHost.driveOf(world))
    door = new Door(serverHost, publicUrl, logger, accessOf(options.control ?? true))
    // Once the first requests are through: nobody should wait for it, neither a start nor a download.
    setTimeout(() => warmUpImages().catch(() => undefined), 250).unref()
    return {
      url,
      publicUrl,
      // By the name that it listens on, because that one is let in.
      dashboardUrl: options.control === false ? null : `${url}${controlBasePath}/`,
      get world() {
        return serverHost.lobby
      },
      get drive() {
        return serverHost.driveOf(serverHost.lobby)
      },
      host: serverHost,
      close: (graceMs = 2000) => close(app, drain, serverHost, graceMs),
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Translates between the socket and the API. */
class Door {
  readonly #host: ServerHost
  readonly #publicUrl: string
  readonly #logger: Logger | undefined
  readonly #control: ControlAccess | null
  readonly #dashboard: Dashboard

  constructor(host: ServerHost, publicUrl: string, logger: Logger | undefined, control: ControlAccess | null) {
    this.#control = control
    this.#dashboard = control === null ? () => null : openDashboard(publicUrl)
    this.#host = host
    this.#publicUrl = publicUrl
    this.#logger = logger
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const startedMs = performance.now()
    const outcome = await this.#respond(request)
    if ('follow' in outcome) {
      reply.hijack()
      streamEvents(reply.raw, outcome.follow)
      return reply
    }
    const response = outcome
    this.#logger?.request(request.method, request.url, response, performance.now() - startedMs)
    if (response.wire?.connection) {
      reply.hijack()
      await spoil(reply.raw, response, response.wire)
      return reply
    }
    if (response.wire) await sleep(response.wire.latencyMs)
    reply.code(response.status).headers(response.headers)
    return reply.send(
      typeof response.body === 'string'
        ? Buffer.from(response.body)
        : Buffer.from(response.body.buffer, response.body.byteOffset, response.body.byteLength),
    )
  }

  async #respond(request: FastifyRequest): Promise<ApiResponse | { follow: Follow }> {
    const [path = '', query = ''] = splitOnce(request.url)
    const image = /^\/([^/]+)\/\d{8}\/[^/]+$/.exec(path)
    const world =
      image && (request.method === 'GET' || request.method === 'HEAD')
        ? this.#host.worlds.get(image[1] as string)
        : undefined
    if (world) {
      this.#host.enter(world)
      return download([world], this.#publicUrl + request.url)
    }
    const file = this.#control === null ? null : this.#dashboard(request.method, path)
    if (file && this.#control !== null) {
      // A link on another site may lead here: the files tell nothing, and what they ask for is guarded by itself.
      const denial = denyName(request.headers, this.#control)
      return denial ? json(denial.status, { message: denial.message }) : file
    }
    const given: ApiRequest = {
      method: request.method,
      path,
      query,
      apiKey: header(request, 'x-api-key'),
      contentType: header(request, 'content-type'),
      scenario: header(request, 'x-mock-scenario'),
      body: await readBody(request.raw),
    }
    if (this.#control !== null && path.startsWith(`${controlBasePath}/`))
      return this.#steer(request, given, this.#control)
    return handle(this.#host, given)
  }

  async #steer(
    { headers }: FastifyRequest,
    given: ApiRequest,
    access: ControlAccess,
  ): Promise<ApiResponse | { follow: Follow }> {
    const denial = denySite(headers, access) ?? denyStranger(headers, access)
    if (denial) return json(denial.status, { message: denial.message })
    const outcome = await handleControl(this.#host, given)
    return 'follow' in outcome ? outcome : json(outcome.status, outcome.body)
  }
}

function createApp(answer: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): FastifyInstance {
  const app = fastify({
    // RFC 9112, 3.2.2: a server takes absolute-form too.
    rewriteUrl: (request) => (request.url ?? '/').replace(/^https?:\/\/[^/?#]*(?=\/)/i, ''),
    bodyLimit: Number.MAX_SAFE_INTEGER,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // So long that a busy client does not send on a connection that is being closed; closing the server closes idle ones.
    keepAliveTimeout: 300_000,
    // A URL that cannot be decoded is an unknown path like any other.
    frameworkErrors: (_error, request, reply) => answer(request as never, reply as never) as never,
  })
  // Answered before Fastify looks at methods, media types or bodies: all that is the API's to judge.
  app.addHook('onRequest', answer)
  app.setNotFoundHandler(() => {})
  app.setErrorHandler((error, request, reply) => {
    // The client broke off; nobody is there to be told.
    if (request.raw.destroyed && !request.raw.complete) return reply.hijack()
    // Whatever gets here is a bug of ours; the client learns that, and no more.
    console.error(error)
    const { status, headers, body } = refuse(
      '0'.repeat(32),
      500,
      'INTERNAL',
      'phota-mock failed to answer; its log says why.',
    )
    return reply.code(status).headers(headers).send(body)
  })
  return app
}

async function close(app: FastifyInstance, drain: Drain, host: ServerHost, graceMs: number): Promise<void> {
  drain.begin()
  const closed = app.close()
  // Only now: a request that still runs may need the clock to end.
  const forced = setTimeout(() => app.server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(forced)
  // Callbacks on their way get as long again.
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([
    host.idle(),
    new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs)
    }),
  ])
  clearTimeout(timer)
  host.close()
}

function accessOf(control: boolean | Partial<ControlAccess>): ControlAccess | null {
  if (control === false) return null
  const { hosts = [], token = null } = control === true ? {} : control
  if (hosts.length > 0 && token === null)
    throw new MisuseError(
      `control: whoever reaches ${hosts.join(', ')} could do anything here; expects a token too (--control-token)`,
    )
  return { hosts: hosts.map((name) => name.toLowerCase()), token }
}

/** @param body `null` for none */
function json(status: number, body: unknown): ApiResponse {
  if (body === null) return { status, headers: {}, body: '' }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

function splitOnce(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function urlOf({ address, family, port }: AddressInfo): string {
  const name = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return `http://${name}:${port}`
}
