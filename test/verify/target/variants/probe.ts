import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back
type Json = any

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As they came over the wire: name, value, name, value. */
  readonly raw: readonly string[]
  readonly bytes: Buffer
  readonly body: Json
}

export interface Arrival {
  readonly headers: IncomingHttpHeaders
  readonly raw: readonly string[]
  readonly text: string
}

interface Asked {
  readonly method?: string
  readonly key?: string | null
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

interface World {
  readonly advance: (by: string) => Promise<void>
}

/** With patience for a receiver on a busy machine. */
const QUIET = { pending: '2s', running: '16s', callback_grace: '1s' }
const ASYNC = { async: true, response_mode: 'urls' }
const PATIENCE_MS = 800

/** Looks at a target from outside, through plain HTTP: no redirect is followed, nothing is decompressed. */
export class Probe {
  readonly url: string
  readonly #opened: Server[] = []
  #world: Promise<World> | null = null

  constructor(url: string) {
    this.url = url
  }

  send(path: string, { method = 'GET', key = 'alice-key', headers = {}, body }: Asked = {}): Promise<Reply> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), {
        method,
        agent: false,
        headers: {
          ...(key !== null && { 'x-api-key': key }),
          ...(text !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      })
      sent.on('error', reject)
      sent.on('response', (response) => resolve(replyOf(response)))
      sent.end(text)
    })
  }

  post(path: string, body: unknown, key: string | null = 'alice-key'): Promise<Reply> {
    return this.send(`/v1/phota/${path}`, { method: 'POST', body, key })
  }

  /** A submit to `generate`; whoever is rate-limited tries again. */
  async submit(fields: object = {}, operation = 'generate', key = 'alice-key'): Promise<Reply> {
    const reply = await this.post(operation, { prompt: 'x', ...ASYNC, ...fields }, key)
    return reply.status === 429 ? this.submit(fields, operation, key) : reply
  }

  /** A poll that follows redirects, and tries again if rate-limited. */
  async poll(path: string, key = 'alice-key'): Promise<Reply> {
    const reply = await this.send(path, { key })
    if (reply.headers.location !== undefined) return this.poll(reply.headers.location, key)
    return reply.status === 429 ? this.poll(path, key) : reply
  }

  /** What comes back over a connection that would stay open, and whether it is closed soon. */
  connection(path: string): Promise<{ text: string; isClosed: boolean }> {
    const { hostname, port } = new URL(this.url)
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname)
      let text = ''
      const end = (isClosed: boolean): void => {
        resolve({ text, isClosed })
        socket.destroy()
      }
      socket.on('data', (chunk) => (text += chunk))
      socket.on('end', () => end(true))
      socket.setTimeout(PATIENCE_MS, () => end(false))
      socket.write(`GET ${path} HTTP/1.1\r\nHost: target\r\nX-API-Key: alice-key\r\n\r\n`)
    })
  }

  /** A new job as its first poll shows it. */
  async first(): Promise<Json> {
    return (await this.story()).at(0)
  }

  /** A new job in a world whose clock is moved: as it waits, as it runs, and as it has ended. */
  async story(fields: object = {}, operation = 'generate'): Promise<Json[]> {
    const { advance } = await this.world()
    const { poll_url: path } = (await this.submit(fields, operation, 'ann')).body
    const poll = async (): Promise<Json> => (await this.poll(path, 'ann')).body
    const waiting = await poll()
    await advance('2s')
    const running = await poll()
    await advance('16s')
    return [waiting, running, await poll()]
  }

  /** Where a new job of the default world can be polled, once it is over. */
  async settled(fields: object = {}): Promise<string> {
    const { poll_url: path } = (await this.submit(fields)).body
    const status = async (): Promise<string> => (await this.poll(path)).body.status
    for (let seen = await status(); seen !== 'succeeded' && seen !== 'failed'; seen = await status()) await sleep(3)
    return path
  }

  async done(fields: object = {}): Promise<Json> {
    return (await this.story(fields)).at(-1)
  }

  async failed(): Promise<Json> {
    return (await this.story({ images: ['https://nowhere.invalid/a.jpg'] }, 'edit')).at(-1)
  }

  /** The first download URL of a new job, and what it answers. */
  async download(fields: object = {}, asked: Asked = {}): Promise<Reply & { url: URL }> {
    const url = new URL((await this.done(fields)).result.download_urls[0])
    return { ...(await this.send(url.href, { key: null, ...asked })), url }
  }

  /**
   * The callbacks of a new job.
   *
   * @param statuses what the receiver answers, 204 when they are used up; 0 leaves the sender without an answer
   */
  async calls(count = 1, statuses: number[] = []): Promise<Arrival[]> {
    const seen: Arrival[] = []
    const url = await this.#receive(seen, statuses)
    await this.settled({ callback_url: url })
    const end = Date.now() + PATIENCE_MS
    while (seen.length < count && Date.now() < end) await sleep(5)
    return seen
  }

  /** A world with a clock that stands still, the account `ann`, and the means to move the clock; the same each time. */
  world(start?: string): Promise<World> {
    this.#world ??= this.#create(start)
    return this.#world
  }

  async receiver(statuses: number[]): Promise<{ url: string; seen: Arrival[] }> {
    const seen: Arrival[] = []
    return { url: await this.#receive(seen, statuses), seen }
  }

  close(): void {
    for (const server of this.#opened) {
      server.close()
      server.closeAllConnections()
    }
  }

  async #create(start?: string): Promise<World> {
    const mock = (path: string, body: unknown): Promise<Reply> =>
      this.send(`/_mock/worlds${path}`, { method: 'POST', body, key: null })
    const accounts = [{ id: 'ann', keys: ['ann'], deposit: '10.00' }]
    await mock('', { id: 'w', clock: { mode: 'manual' }, ...QUIET, accounts, start })
    return { advance: async (by) => void (await mock('/w/clock/advance', { by })) }
  }

  async #receive(seen: Arrival[], statuses: number[]): Promise<string> {
    const server = createServer(async (call, response) => {
      const text = (await bytesOf(call)).toString()
      seen.push({ headers: call.headers, raw: call.rawHeaders, text })
      const status = statuses[seen.length - 1] ?? 204
      if (status > 0) response.writeHead(status).end()
    })
    this.#opened.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function replyOf(response: IncomingMessage): Promise<Reply> {
  const bytes = await bytesOf(response)
  let body: Json
  try {
    body = JSON.parse(bytes.toString())
  } catch {
    body = undefined
  }
  return { status: response.statusCode ?? 0, headers: response.headers, raw: response.rawHeaders, bytes, body }
}
