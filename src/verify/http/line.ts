import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { inWords } from '../deadline.ts'
import { CannotJudge } from '../verdict.ts'
import { MIB, MOST_HEADER_BYTES, MOST_INTERIM_ANSWERS, MOST_LARGE_BODIES, sizeInWords } from './limits.ts'
import { DEEPEST_JSON, isTooDeep } from './nesting.ts'
import { Slots } from './slots.ts'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** Decompressed. */
  readonly bytes: Uint8Array
}

export interface Bounds {
  /** For the headers and the body together. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** How long a body may be, decompressed. */
  readonly mostBytes: (status: number) => number
}

/** No answer came that could be judged. The message follows the request: `sent more than 1 MiB`. */
export class NoAnswer extends CannotJudge {
  override readonly name: string = 'NoAnswer'
}

export const CLOSED = 'found its connection closed before an answer came'

/** An idle connection is given up before most servers would, because they close it just as we send. */
const AGENT = { keepAlive: true, timeout: 4_000 } as const

/**
 * HTTP within bounds, whatever the other side sends. Not by fetch: that has time limits of its own, shorter than a
 * synchronous request may take.
 */
export class Line {
  readonly #http = new HttpAgent(AGENT)
  readonly #https = new HttpsAgent(AGENT)
  readonly #large = new Slots(MOST_LARGE_BODIES)

  /**
   * @param use is given the answer while it still counts as a large body being read; what it leaves is kept
   * @throws {NoAnswer} if none came within the bounds; the connection is then destroyed
   * @throws the signal's reason, if that is aborted first
   */
  async exchange<T>(asked: Asked, bounds: Bounds, use: (answered: Answered) => Promise<T>): Promise<T> {
    const { signal, timeoutMs } = bounds
    signal.throwIfAborted()
    const cut = new AbortController()
    const timer = new StopWatch(timeoutMs, (isBody) => {
      const what = isBody ? 'did not send its whole answer' : 'was not answered'
      cut.abort(new NoAnswer(`${what} within ${inWords(timeoutMs)}`))
    })
    const end = (): void => cut.abort(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    const releases: (() => void)[] = []
    try {
      const answered = await this.#receive(asked, bounds, cut, timer, releases)
      timer.stop()
      return await use(answered)
    } finally {
      timer.stop()
      signal.removeEventListener('abort', end)
      for (const release of releases) release()
    }
  }

  /** Ends what is under way, and closes what is idle. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  async #receive(
    asked: Asked,
    { mostBytes }: Bounds,
    cut: AbortController,
    timer: StopWatch,
    releases: (() => void)[],
  ): Promise<Answered> {
    let response: IncomingMessage | undefined
    try {
      response = await this.#send(asked, cut)
      timer.isBody = true
      const status = response.statusCode ?? 0
      const most = mostBytes(status)
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of decompressed(response) as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > most) throw new NoAnswer(`sent more than ${sizeInWords(most)}`)
        if (size > MIB && releases.length === 0) {
          // That others are read first is not the target's fault.
          timer.stop()
          releases.push(await this.#large.take(cut.signal))
          timer.start()
        }
        chunks.push(chunk)
      }
      const { buffer, byteOffset, byteLength } = Buffer.concat(chunks)
      // No Buffer, whose `slice` would keep all of it.
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      if (isTooDeep(bytes)) throw new NoAnswer(`sent JSON that is nested deeper than ${DEEPEST_JSON} levels`)
      return { status, headers: headersOf(response), bytes }
    } catch (error) {
      if (!cut.signal.aborted) cut.abort(error instanceof NoAnswer ? error : noAnswer(error, response !== undefined))
      throw cut.signal.reason
    }
  }

  #send({ method, url, headers, body }: Asked, cut: AbortController): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { protocol } = new URL(url)
      if (protocol !== 'http:' && protocol !== 'https:') throw new NoAnswer(`went to ${protocol}, which is not HTTP`)
      const options: RequestOptions = {
        method,
        headers: {
          Accept: '*/*',
          'Accept-Encoding': 'gzip, deflate, br',
          'User-Agent': 'phota-mock-verify',
          ...headers,
        },
        signal: cut.signal,
        maxHeaderSize: MOST_HEADER_BYTES,
      }
      const request =
        protocol === 'https:'
          ? httpsRequest(url, { ...options, agent: this.#https })
          : httpRequest(url, { ...options, agent: this.#http })
      let interim = 0
      request.on('information', () => {
        if (++interim <= MOST_INTERIM_ANSWERS) return
        cut.abort(new NoAnswer(`sent more than ${MOST_INTERIM_ANSWERS} interim answers (1xx)`))
      })
      request.on('response', resolve)
      request.on('error', reject)
      request.on('close', () => reject(new NoAnswer(CLOSED)))
      request.end(body ?? undefined)
    })
  }
}

/** A time limit that can be paused. */
class StopWatch {
  /** Whether the headers have come. */
  isBody = false
  #leftMs: number
  #startedMs = 0
  #timer: NodeJS.Timeout | undefined
  readonly #over: (isBody: boolean) => void

  constructor(limitMs: number, over: (isBody: boolean) => void) {
    this.#leftMs = limitMs
    this.#over = over
    this.start()
  }

  start(): void {
    this.#startedMs = performance.now()
    this.#timer = setTimeout(() => this.#over(this.isBody), Math.min(Math.max(0, this.#leftMs), 2 ** 31 - 1))
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#leftMs -= performance.now() - this.#startedMs
  }
}

/** As lenient as browsers: a stream that ends early shows in its framing. */
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH }

function decompressed(response: IncomingMessage): Readable {
  const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? ''
  switch (coding) {
    case '':
    case 'identity':
      return response
    case 'gzip':
    case 'x-gzip':
      return through(response, createGunzip(ZLIB))
    case 'deflate':
      return through(response, createInflate(ZLIB))
    case 'br':
      return through(response, createBrotliDecompress(BROTLI))
    default:
      throw new NoAnswer(`was answered with Content-Encoding: ${coding.slice(0, 40)}, which nobody asked for`)
  }
}

/** An error of either ends both, and reaches whoever reads. */
function through(response: IncomingMessage, decoder: ReturnType<typeof createGunzip>): Readable {
  pipeline(response, decoder, () => undefined)
  return decoder
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    try {
      headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
    } catch {
      // Not a header that could be compared with anything.
    }
  }
  return headers
}

function noAnswer(error: unknown, hasHeaders: boolean): NoAnswer {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'HPE_HEADER_OVERFLOW') return new NoAnswer(`sent more than ${sizeInWords(MOST_HEADER_BYTES)} of headers`)
  if (code.startsWith('HPE_')) return new NoAnswer(`was answered with something that is not HTTP (${code})`)
  if (code.startsWith('Z_') || code.startsWith('ERR_')) {
    return new NoAnswer(hasHeaders ? `sent a body that cannot be decompressed (${code})` : `had no answer (${message})`)
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new NoAnswer('found nobody listening there')
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new NoAnswer('went to a host that does not exist')
    case 'ECONNRESET':
    case 'EPIPE':
      return new NoAnswer(hasHeaders ? 'found its connection closed before the whole answer came' : CLOSED)
    default:
      return new NoAnswer(`had no answer (${code || message})`)
  }
}
