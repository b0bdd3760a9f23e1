import type { IncomingMessage, Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliCompress, deflate, gzip } from 'node:zlib'
import type { Answer } from '../answer.ts'
import type { Layer } from '../behaviour.ts'
import { type Call, isApi, isPoll, withPath } from '../edge/call.ts'
import { layered, onAnswer, viewOf, withHeaders, withoutLength } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Probe, Reply } from './probe.ts'

const open = 'transport'
const SECRET = '/v1/phota/webhook-secret'
const PLAIN_CLIENT = { 'accept-encoding': 'gzip, deflate, br', connection: 'keep-alive' }

/** Compresses for who takes it. */
const compressed = (name: 'gzip' | 'deflate' | 'br', isFor: (call: Call) => boolean = () => true): Layer => {
  const compress = promisify({ gzip, deflate, br: brotliCompress }[name])
  return onAnswer(async (answer, call) => {
    const accepts = String(call.headers['accept-encoding'] ?? '').split(/,\s*/)
    if (answer.body.length === 0 || !accepts.includes(name) || !isFor(call)) return answer
    const body = await compress(Buffer.from(answer.body))
    return withHeaders({ ...answer, body }, { 'content-encoding': name, vary: 'Accept-Encoding' })
  })
}

const encodingOf = async (probe: Probe, path: string): Promise<string | undefined> =>
  (await probe.send(path, { headers: PLAIN_CLIENT })).headers['content-encoding']

/** A GET is sent to the same path with or without a slash at its end. */
export const slashes = (isKept: boolean, isFor: (call: Call) => boolean, status: number): Layer => {
  return (call, next) => {
    const { pathname, search } = call.url
    if (!isApi(call) || !isFor(call)) return next(call)
    const bare = pathname.replace(/\/$/, '')
    const proper = isKept ? `${bare}/` : bare
    if (pathname !== proper) return { status, type: null, body: '', headers: { location: proper + search } }
    return next(withPath(call, bare + search))
  }
}

const isGet = ({ method }: Call): boolean => method === 'GET'

/** Lets the header names of an answer be written in upper case. */
const upperCase = onAnswer((answer) => {
  const headers = { ...answer.headers, ...(answer.type !== null && { 'content-type': answer.type }) }
  const length = answer.type === null ? {} : { 'CONTENT-LENGTH': String(Buffer.byteLength(answer.body)) }
  const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))
  return { ...answer, type: null, headers: { ...upper, ...length } }
})

const typed = (type: string): Layer =>
  onAnswer((answer) => (answer.type === 'application/json' ? { ...answer, type } : answer))

const optionsAs =
  (answer: Answer): Layer =>
  (call, next) =>
    call.method === 'OPTIONS' ? withHeaders(answer, { allow: 'GET, POST, OPTIONS' }) : next(call)

const closeEach = (server: Server): void => {
  server.on('request', (request: IncomingMessage, response) => response.on('finish', () => request.socket.end()))
}

interface Form {
  readonly id: string
  readonly description: string
  readonly layer: Layer
  readonly shows: (reply: Reply) => boolean
  readonly method?: string
}

/** A variant that each answer shows. */
const form = ({ id, description, layer, shows, method = 'GET' }: Form): Variant => ({
  id,
  open,
  description,
  build: layered(layer),
  shows: async (probe) => shows(await probe.send(SECRET, { method, headers: PLAIN_CLIENT })),
})

/** How answers travel. */
export const transport: readonly Variant[] = [
  ...(['gzip', 'deflate', 'br'] as const).map((name) =>
    form({
      id: name === 'br' ? 'brotli' : name,
      description: `answers are compressed with ${name}`,
      layer: compressed(name),
      shows: ({ headers }) => headers['content-encoding'] === name,
    }),
  ),
  {
    id: 'gzip-polls-only',
    open,
    description: 'polls are compressed, other answers are not',
    build: layered(compressed('gzip', isPoll)),
    shows: async (probe) =>
      (await encodingOf(probe, SECRET)) === undefined && (await encodingOf(probe, '/v1/phota/jobs/0')) === 'gzip',
  },
  form({
    id: 'chunked',
    description: 'answers are sent in chunks',
    layer: onAnswer(withoutLength),
    shows: ({ headers }) => headers['transfer-encoding'] === 'chunked',
  }),
  form({
    id: 'connection-close',
    description: 'each answer ends its connection, and says so',
    layer: onAnswer((answer) => withHeaders(answer, { connection: 'close' })),
    shows: ({ headers }) => headers.connection === 'close',
  }),
  {
    id: 'connection-closes-unannounced',
    open,
    description: 'each answer ends its connection, and does not say so',
    build: () => ({ server: closeEach }),
    shows: async (probe) => {
      const { text, isClosed } = await probe.connection(SECRET)
      return isClosed && !/connection: close/i.test(text)
    },
  },
  form({
    id: 'header-case',
    description: 'names of headers are in upper case',
    layer: upperCase,
    shows: ({ raw }) => raw.includes('CONTENT-TYPE'),
  }),
  form({
    id: 'json-charset',
    description: 'Content-Type has a charset',
    layer: typed('application/json; charset=utf-8'),
    shows: ({ headers }) => headers['content-type'] === 'application/json; charset=utf-8',
  }),
  form({
    id: 'json-type-case',
    description: 'Content-Type is `Application/JSON;charset=UTF-8`',
    layer: typed('Application/JSON;charset=UTF-8'),
    shows: ({ headers }) => headers['content-type'] === 'Application/JSON;charset=UTF-8',
  }),
  form({
    id: 'json-indented',
    description: 'JSON is indented, and ends in a newline',
    layer: onAnswer((answer) => {
      const view = viewOf(answer)
      return view === null ? answer : { ...answer, body: `${JSON.stringify(view, null, 2)}\n` }
    }),
    shows: ({ bytes }) => bytes.toString().startsWith('{\n  '),
  }),
  form({
    id: 'further-headers',
    description: 'answers have security, caching and cookie headers',
    layer: onAnswer((answer) =>
      withHeaders(answer, {
        server: 'nginx/1.27.0',
        vary: 'Origin, Accept-Encoding',
        'cache-control': 'no-store',
        'strict-transport-security': 'max-age=31536000',
        'access-control-allow-origin': '*',
        'set-cookie': 'lb=a1; Path=/; HttpOnly',
      }),
    ),
    shows: ({ headers }) => headers.server === 'nginx/1.27.0',
  }),
  form({
    id: 'polls-etag',
    description: 'answers to GET have an ETag, and are 304 to who has them',
    layer: onAnswer((answer, call) => {
      if (call.method !== 'GET' || answer.status !== 200) return answer
      const etag = `W/"${Buffer.from(answer.body).toString('base64url').slice(-24)}"`
      if (call.headers['if-none-match'] === etag) return { status: 304, type: null, body: '', headers: { etag } }
      return withHeaders(answer, { etag, 'cache-control': 'private, no-cache' })
    }),
    shows: ({ headers }) => headers.etag?.startsWith('W/"') === true,
  }),
  form({
    id: 'head-as-get',
    description: 'HEAD of what can be got is 200',
    layer: (call, next) => next(call.method === 'HEAD' ? { ...call, method: 'GET' } : call),
    shows: ({ status }) => status === 200,
    method: 'HEAD',
  }),
  form({
    id: 'options-204',
    description: 'OPTIONS is 204',
    layer: optionsAs({ status: 204, type: null, body: '' }),
    shows: ({ status }) => status === 204,
    method: 'OPTIONS',
  }),
  form({
    id: 'options-200',
    description: 'OPTIONS is 200 with a body',
    layer: optionsAs({ status: 200, type: 'text/plain', body: 'GET, POST' }),
    shows: ({ status }) => status === 200,
    method: 'OPTIONS',
  }),
  form({
    id: 'redirect-to-slash',
    description: 'a GET without a slash at its end is a 307 to the same with one',
    layer: slashes(true, isGet, 307),
    shows: ({ status, headers }) => status === 307 && headers.location === `${SECRET}/`,
  }),
  {
    id: 'redirect-to-slash-301',
    open,
    description: 'a poll without a slash at its end is a 301 to the same with one',
    build: layered(slashes(true, isPoll, 301)),
    shows: async (probe) => (await probe.send('/v1/phota/jobs/0')).status === 301,
  },
  {
    id: 'redirect-to-no-slash',
    open,
    description: 'a GET with a slash at its end is a 308 to the same without',
    build: layered(slashes(false, isGet, 308)),
    shows: async (probe) => (await probe.send(`${SECRET}/`)).status === 308,
  },
  {
    id: 'slow-answers',
    open,
    description: 'each answer takes 200 ms',
    build: layered(async (call, next) => {
      await sleep(200)
      return next(call)
    }),
    shows: async (probe) => {
      const tookMs: number[] = []
      for (let nth = 0; nth < 4; nth++) {
        const begun = performance.now()
        await probe.send(SECRET)
        tookMs.push(performance.now() - begun)
      }
      return Math.min(...tookMs) > 190
    },
  },
  {
    id: 'named-host',
    open,
    description: 'its URL has the name `localhost`, and only IPv4 is served',
    options: { host: 'localhost' },
    shows: async (probe) => probe.url.startsWith('http://localhost:') && (await probe.send(SECRET)).status === 200,
  },
]
