import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Api } from '../api/api.ts'
import { controlBasePath } from '../control-api/handle-control.ts'
import { beginHere } from '../control-api/snapshots.ts'
import { postByHttp } from '../deliver/post.ts'
import { createSender } from '../deliver/send.ts'
import type { Drive } from '../drive/drive.ts'
import { checkFields, isRecord } from '../engine/fields.ts'
import { withKeys } from '../engine/load.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { World } from '../engine/world.ts'
import { phota } from '../phota/api.ts'
import type { World as PhotaWorld } from '../phota/world.ts'
import { controlBaseUrl } from '../spec/control/index.ts'
import { Storage } from '../storage/storage.ts'
import { clientOrigins } from './client-origin.ts'
import { Connections } from './connections.ts'
import { type Answer, Door } from './door.ts'
import { listen } from './listen.ts'
import { toPublicUrl } from './public-url.ts'
import { respond } from './respond.ts'
import { ServerHost } from './server-host.ts'
import { accessOf, assertPublicHosts, SERVER_FIELDS, type ServerOptions } from './server-options.ts'
import { shardPrefix } from './shard.ts'
import { StoredWorlds, sendOnceWritten } from './stored-worlds.ts'

/** A server that listens. */
export interface RunningServer<Served extends World = PhotaWorld> {
  /** `http://127.0.0.1:4010`; the API is below `/v1/phota`. */
  readonly url: string
  readonly publicUrl: string
  /** The page that shows and moves it all; `null` without the control API. */
  readonly dashboardUrl: string | null
  readonly world: Served
  readonly drive: Drive
  readonly host: ServerHost
  /** Stops accepting, lets what runs end for up to `graceMs` wall ms, then closes. @default 2000 */
  close(graceMs?: number): Promise<void>
}

const DEFAULT_WORLD = 'default'
/** Where a server listens unless told otherwise. */
export const DEFAULT_PORT: number = Number(new URL(controlBaseUrl).port)

/**
 * Starts the standalone door.
 *
 * @throws {Error} with code EADDRINUSE or EACCES if it cannot listen
 * @throws {MisuseError} if the options or contents make no sense, or the folder of `data` cannot be used
 */
export async function startServer<Served extends World = PhotaWorld>(
  options: ServerOptions = {},
): Promise<RunningServer<Served>> {
  if (!isRecord(options as unknown))
    throw new MisuseError(`startServer: expects an object of options, received ${shown(options)}`)
  checkFields(options, SERVER_FIELDS, 'startServer: ')
  const { port = DEFAULT_PORT, clock = 'real', speed = 1, logger, api = phota } = options
  // Node takes an empty host for every address there is.
  const host = options.host || '127.0.0.1'
  const { publicUrl: wantedUrl = 'auto', publicHosts = [], downloadOrigins } = options
  const givenUrl = wantedUrl === 'auto' ? null : toPublicUrl(wantedUrl)
  assertPublicHosts(publicHosts, givenUrl)
  const access = accessOf(options.control ?? true)
  let door: Door | null = null
  const server = createHttpServer((request, response) => {
    connections.use(request.socket)
    if (door) door.answer(request, response)
    else response.writeHead(503).end()
  })
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    connections.use(request.socket)
    if (door) door.answer(request, response, true)
    else response.writeHead(503).end()
  })
  const connections = new Connections(server)
  const closing = new AbortController()
  const storage = options.data === undefined ? null : new Storage(options.data, api)
  let stored: StoredWorlds | null = null
  const url = await listen(server, port, host).catch((error: unknown) => {
    storage?.close()
    throw error
  })
  try {
    const publicUrl = givenUrl ?? url
    const prefix = options.shard === undefined ? '' : shardPrefix(options.shard)
    const lobbyId = `${prefix}${DEFAULT_WORLD}`
    const send = createSender(postByHttp)
    const serverHost = new ServerHost(lobbyId, {
      api,
      drive: {
        mode: clock,
        speed,
        send: storage === null ? send : sendOnceWritten(storage, send),
        ...(storage !== null && { pause: () => storage.pause() }),
        ...(options.callbackGraceMs !== undefined && { callbackGraceMs: options.callbackGraceMs }),
      },
      publicUrl,
      checkResponses: options.checkResponses ?? false,
      logger,
      prefix,
      storage,
    })
    stored = storage && new StoredWorlds(storage, serverHost)
    if (storage === null || storage.isEmpty) {
      const world = createDefaultWorld(api, options, lobbyId, prefix, publicUrl)
      if (storage !== null) assertPlain(world)
      beginHere(world, serverHost.add(world))
      if (storage?.commit() === false) throw storage.failure
    } else await stored?.open()
    stored?.watch()
    const kept = stored
    const answer: Answer = kept
      ? (kind, request) => kept.answer(kind, request)
      : (kind, request) => respond(serverHost, kind, request)
    door = new Door(answer, {
      api,
      publicUrl,
      originOf:
        givenUrl === null ? clientOrigins([...publicHosts, ...(access?.hosts ?? [])], downloadOrigins) : () => null,
      logger,
      redactor: serverHost.redactor,
      cors: options.cors ?? null,
      control: access,
      isKnown: (key) => serverHost.find(key) !== undefined,
      closing: closing.signal,
    })
    // Once the first requests are through: nobody should wait for it, neither a start nor a download.
    let warmUp: Promise<void> | undefined
    const soon = setTimeout(() => {
      warmUp = api.files?.warmUp(() => closing.signal.aborted).catch(() => undefined)
    }, 250).unref()
    return {
      url,
      publicUrl,
      // By the name that it listens on, because that one is let in.
      dashboardUrl: options.control === false ? null : `${url}${controlBasePath}/`,
      get world() {
        return serverHost.lobby as Served
      },
      get drive() {
        return serverHost.driveOf(serverHost.lobby)
      },
      host: serverHost,
      close: async (graceMs = 2000) => {
        closing.abort()
        clearTimeout(soon)
        await warmUp
        await close(connections, serverHost, stored, graceMs)
      },
    }
  } catch (error) {
    server.close()
    ;(stored ?? storage)?.close()
    throw error
  }
}

/** The World that there always is. @throws {MisuseError} if its options, contents or scenarios make no sense */
function createDefaultWorld(api: Api, options: ServerOptions, id: string, prefix: string, publicUrl: string): World {
  const world = api.createWorld({
    ...options.world,
    startMs: options.world?.startMs ?? Date.now(),
    id,
    keyPrefix: prefix,
    cdnBaseUrl: `${publicUrl}/${id}`,
  })
  const { contents, scenarios = [] } = options
  // The keys that the contents name are those of the first shard.
  if (contents)
    world.load(prefix === '' ? contents : withKeys(contents, ({ keys }) => keys?.map((key) => prefix + key)))
  for (const scenario of scenarios) world.scenario(scenario as never)
  return world
}

function createHttpServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Server {
  return createServer(
    {
      // So long that a busy client does not send on a connection that is being closed; closing the server closes idle
      // ones.
      keepAliveTimeout: 300_000,
      optimizeEmptyRequests: true,
    },
    answer,
  )
}

/** @throws {MisuseError} for a scenario that only this process can hold */
function assertPlain({ scenarios, dialect }: World): void {
  const odd = scenarios.all().find(({ match }) => !dialect.isPlain({ ...match }))
  if (odd === undefined) return
  throw new MisuseError(
    `data: the scenario '${odd.id}' matches by a RegExp, which cannot be kept; match by a text, or leave data out`,
  )
}

async function close(
  connections: Connections,
  host: ServerHost,
  stored: StoredWorlds | null,
  graceMs: number,
): Promise<void> {
  // The clock goes on meanwhile: a request that still runs may need it to end.
  await connections.close(graceMs)
  // Callbacks on their way get as long again.
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([
    host.idle(),
    new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs)
    }),
  ])
  clearTimeout(timer)
  // Before the clocks stop, so that what they show is kept.
  stored?.close()
  host.close()
}
