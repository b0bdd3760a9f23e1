/**
 * Has images made by Phota and saves them. It keeps every habit that docs/grade.md asks for; nothing but Node.
 *
 *     PHOTA_BASE_URL=… PHOTA_API_KEY=… node right.ts [--receiver-port PORT] [--out DIRECTORY]
 *
 * Prints the path of each picture. Exit code 0 when all are there; otherwise 1, with a sentence on standard error.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rename, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const BASE_URL = process.env['PHOTA_BASE_URL']!.replace(/\/$/, '')
const API_KEY = process.env['PHOTA_API_KEY']!

const IMAGES: Image[] = [
  { prompt: 'a lighthouse at noon', num_output_images: 2 },
  { prompt: 'Ölgemälde: ein Café in Kraków, nachts', num_output_images: 1 },
  { prompt: '夜明けの灯台 🗼', num_output_images: 1 },
]

/** Of one request, its body included. */
const TIMEOUT_MS = 60_000
/** Of one submit or download. */
const TRIES = 5
/** In a row. */
const MOST_LOST_POLLS = 10
/** Far more than any job takes. */
const PATIENCE_MS = 2 * 60 * 60_000
/** Between two polls of a job. */
const SHORTEST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 10_000

const TRANSIENT = [429, 500, 502, 503, 504]
const URL_REFUSED = [400, 401, 403, 404, 410]

interface Image {
  prompt: string
  num_output_images: number
}

interface Job {
  status: string
  result?: { download_urls: string[] } | null
  error?: { code: string; message: string } | null
  created_at?: string | null
  completed_at?: string | null
}

/** Anything but the answer that was hoped for. `status` is null if there was no whole answer. */
class ApiError extends Error {
  readonly status: number | null
  readonly retryAfter: string | null

  constructor(message: string, status: number | null = null, retryAfter: string | null = null) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }

  get isTransient(): boolean {
    return this.status === null || TRANSIENT.includes(this.status)
  }
}

/** A download URL is no longer good; a poll signs new ones. */
class UrlRefused extends Error {}

/** The bytes of a 2xx answer, all of them. */
async function send(url: string, init: RequestInit = {}): Promise<Buffer> {
  let response: Response
  let body: Buffer
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init })
    body = Buffer.from(await response.arrayBuffer())
  } catch (error) {
    throw new ApiError(`no whole answer: ${error}`)
  }
  if (!response.ok) throw new ApiError(`HTTP ${response.status}`, response.status, response.headers.get('retry-after'))
  return body
}

/** The JSON of the API's answer. Redirects are not followed: fetch would take the key along, to any host. */
async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' }
  const text = body === undefined ? null : JSON.stringify(body)
  const answer = await send(BASE_URL + path, { method, headers, body: text, redirect: 'manual' })
  try {
    return JSON.parse(answer.toString('utf8'))
  } catch {
    throw new ApiError('the answer is not JSON')
  }
}

/** How long to wait after an error: as long as Retry-After says, in seconds or as a date, if it says anything. */
function pauseMs(error: ApiError, otherwiseMs: number): number {
  const text = error.retryAfter ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? otherwiseMs : Math.max(ms, otherwiseMs)
}

/** The id of a new job. Every try has the same client_request_id, so that a lost answer makes no second job. */
async function submit(image: Image, callbackUrl: string | null): Promise<string> {
  const body = {
    ...image,
    async: true,
    response_mode: 'urls',
    output_format: 'jpg',
    client_request_id: randomUUID(),
    ...(callbackUrl === null ? {} : { callback_url: callbackUrl }),
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await call<{ job_id: string }>('POST', '/generate', body)).job_id
    } catch (error) {
      if (!(error instanceof ApiError && error.isTransient) || attempt === TRIES) throw error
      await sleep(pauseMs(error, 250 * 2 ** attempt))
    }
  }
}

/** The job once it has ended. Polls ever more slowly; its callback only makes the next poll come sooner. */
async function waitFor(jobId: string): Promise<Job> {
  let waitMs = SHORTEST_WAIT_MS
  let lost = 0
  const giveUpAt = Date.now() + PATIENCE_MS
  while (Date.now() < giveUpAt) {
    await sleep(SHORTEST_WAIT_MS)
    await callbackOr(jobId, waitMs - SHORTEST_WAIT_MS)
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)
    let job: Job
    try {
      job = await call<Job>('GET', `/jobs/${jobId}`)
    } catch (error) {
      lost += 1
      if (!(error instanceof ApiError && error.isTransient) || lost === MOST_LOST_POLLS) throw error
      await sleep(pauseMs(error, 0))
      continue
    }
    lost = 0
    if (job.status === 'succeeded' || job.status === 'failed') return job
  }
  throw new Error(`job ${jobId} has not ended after ${PATIENCE_MS} ms`)
}

/** Saves a picture, whole or not at all. The URL is signed: the API key has no business there. */
async function download(url: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const picture = await send(url)
      if (!isWholeJpeg(picture)) throw new ApiError('the picture is cut off')
      await writeFile(`${path}.part`, picture)
      await rename(`${path}.part`, path)
      return
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (URL_REFUSED.includes(error.status ?? 0)) throw new UrlRefused(`download refused: ${error.message}`)
      if (!error.isTransient || attempt === TRIES) throw error
      await sleep(pauseMs(error, 250 * 2 ** attempt))
    }
  }
}

function isWholeJpeg(picture: Buffer): boolean {
  return picture.subarray(0, 2).toString('hex') === 'ffd8' && picture.subarray(-2).toString('hex') === 'ffd9'
}

/** Has one job done and saves its pictures. Resolves to their paths. */
async function make(image: Image, callbackUrl: string | null, directory: string): Promise<string[]> {
  const jobId = await submit(image, callbackUrl)
  for (let attempt = 1; ; attempt += 1) {
    const job = await waitFor(jobId)
    if (job.status === 'failed') throw new Error(`job ${jobId} failed: ${job.error?.code}: ${job.error?.message}`)
    const urls = job.result!.download_urls
    if (urls.length !== image.num_output_images) {
      throw new Error(`job ${jobId}: ${image.num_output_images} pictures ordered, ${urls.length} made`)
    }
    const paths = urls.map((_, nth) => join(directory, `${jobId}-${nth}.jpg`))
    try {
      await Promise.all(urls.map((url, nth) => download(url, paths[nth]!)))
      console.error(`job ${jobId} took ${duration(job)}`)
      return paths
    } catch (error) {
      if (!(error instanceof UrlRefused) || attempt === TRIES) throw error
    }
  }
}

/** How long a job took, for people. A date that cannot be read is no reason to lose a picture. */
function duration(job: Job): string {
  const ms = Date.parse(job.completed_at ?? '') - Date.parse(job.created_at ?? '')
  return Number.isNaN(ms) ? 'an unknown time' : `${ms / 1000} s`
}

/** The callbacks that came, by job; one may come before the answer to its submit does. */
const calledBack = new Set<string>()
const listeners = new Map<string, () => void>()

/** Resolves when the job's callback is there, or after `ms`. Whatever it says, the poll that follows decides. */
async function callbackOr(jobId: string, ms: number): Promise<void> {
  const timeout = new AbortController()
  const callback = new Promise<void>((resolve) => listeners.set(jobId, resolve))
  if (!calledBack.has(jobId)) await Promise.race([callback, sleep(ms, undefined, timeout).catch(() => {})])
  timeout.abort()
  calledBack.delete(jobId)
}

async function receive(request: IncomingMessage, response: ServerResponse, secret: string): Promise<void> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > 1_000_000) return void response.writeHead(413, { Connection: 'close' }).end()
    chunks.push(chunk)
  }
  const rawBody = Buffer.concat(chunks)
  if (!isGenuine(rawBody, String(request.headers['x-phota-signature']), secret)) {
    return void response.writeHead(401).end()
  }
  response.writeHead(204).end()
  const { job_id: jobId } = JSON.parse(rawBody.toString('utf8')) as { job_id: string }
  calledBack.add(jobId)
  listeners.get(jobId)?.()
}

/** Whether Phota signed these very bytes. timingSafeEqual throws if the lengths differ. */
function isGenuine(rawBody: Buffer, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`)
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

/** Listens for callbacks, and resolves to the URL for them. */
async function startReceiver(port: number): Promise<string> {
  const secret =
    process.env['PHOTA_WEBHOOK_SECRET'] ||
    (await call<{ webhook_signing_secret: string }>('GET', '/webhook-secret')).webhook_signing_secret
  const server = createServer((request, response) => {
    receive(request, response, secret).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // Neither the server nor a connection that Phota keeps open holds up the end.
  server.unref().on('connection', (socket) => socket.unref())
  return `http://127.0.0.1:${port}/callback`
}

const { values: options } = parseArgs({ options: { 'receiver-port': { type: 'string' }, out: { type: 'string' } } })
const directory = options.out ?? (await mkdtemp(join(tmpdir(), 'pictures-')))
const port = options['receiver-port'] ?? process.env['PHOTA_RECEIVER_PORT']
const callbackUrl = port ? await startReceiver(Number(port)) : null
await Promise.all(
  IMAGES.map((image) =>
    make(image, callbackUrl, directory).then(
      (paths) => console.log(paths.join('\n')),
      (error: Error) => {
        process.exitCode = 1
        console.error(`no picture of "${image.prompt}": ${error.message}`)
      },
    ),
  ),
)
