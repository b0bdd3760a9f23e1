import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { type Deadline, inWords } from '../deadline.ts'
import { CannotJudge } from '../verdict.ts'
import { AnswerHeaders } from './answer-headers.ts'
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
  readonly headers: AnswerHeaders
  /** Decompressed. */
  readonly bytes: Uint8Array
}

export interface Bounds {
  /** For the headers and the body together. */
  readonly timeoutMs: number
  readonly deadline: Deadline
  /** How long a body may be, decompressed. */
  readonly mostBytes: (status: number) => number
}

/** No answer came that could be judged. The message follows the request: `sent more than 1 MiB`. */
export class NoAnswer extends CannotJudge {
  override readonly name: string = 'NoAnswer'
}

export const CLOSED = 'found its connection closed before an answer came'
const CLOSED_EARLY = 'found its connection closed before the whole answer came'

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
  /** The other side closes idle connections without a word: from then on each request has a connection of its own. */
  #isClosing = false

  /**
   * @param use is given the answer while it still counts as a large body being read; what it leaves is kept
   * @throws {NoAnswer} if none came within the bounds; the connection is then destroyed
   * @throws {CannotJudge} if the deadline is reached first
   */
  async exchange<T>(asked: Asked, bounds: Bounds, use: (answered: Answered) => Promise<T>): Promise<T> {
    const { deadline, timeoutMs } = bounds
    deadline.signal.throwIfAborted()
    const cut = new Cut()
    const timer = new StopWatch(timeoutMs, (isBody) => {
      const what = isBody ? 'did not send its whole answer' : 'was not answered'
      cut.make(new NoAnswer(`${what} within ${inWords(timeoutMs)}`))
    })
    const forget = deadline.onEnd((reason) => cut.make(reason))
    const releases: (() => void)[] = []
    try {
      const answered = await this.#receive(asked, bounds, cut, timer, releases)
      timer.stop()
      return await use(answered)
    } finally {
      timer.stop()
      forget()
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
    cut: Cut,
    timer: StopWatch,
    releases: (() => void)[],
  ): Promise<Answered> {
    let response: IncomingMessage | undefined
    try {
      response = await this.#send(asked, cut)
      timer.isBody = true
      const status = response.statusCode ?? 0
      const { buffer, byteOffset, byteLength } = await read(
        decompressed(response),
        mostBytes(status),
        cut,
        async () => {
          // That others are read first is not the target's fault.
          timer.stop()
          const release = await this.#large.take(cut.signal())
          if (cut.isMade) release()
          else releases.push(release)
          timer.start()
        },
      )
      // No Buffer, whose `slice` would keep all of it.
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      if (isTooDeep(bytes)) throw new NoAnswer(`sent JSON that is nested deeper than ${DEEPEST_JSON} levels`)
      return { status, headers: new AnswerHeaders(response.rawHeaders), bytes }
    } catch (error) {
      if (!cut.isMade) cut.make(error instanceof NoAnswer ? error : noAnswer(error, response !== undefined))
      throw cut.reason
    }
  }

  #send({ method, url, headers, body }: Asked, cut: Cut): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const to = new URL(url)
      const isSecure = to.protocol === 'https:'
      if (!isSecure && to.protocol !== 'http:') throw new NoAnswer(`went to ${to.protocol}, which is not HTTP`)
      const options: RequestOptions = {
        method,
        agent: this.#isClosing ? false : isSecure ? this.#https : this.#http,
        headers: {
          Accept: '*/*',
          'Accept-Encoding': 'gzip, deflate, br',
          'User-Agent': 'phota-mock-verify',
          ...headers,
        },
        maxHeaderSize: MOST_HEADER_BYTES,
      }
      const request = isSecure ? httpsRequest(to, options) : httpRequest(to, options)
      cut.on((reason) => {
        reject(reason)
        request.destroy()
      })
      let interim = 0
      request.on('information', () => {
        if (++interim <= MOST_INTERIM_ANSWERS) return
        cut.make(new NoAnswer(`sent more than ${MOST_INTERIM_ANSWERS} interim answers (1xx)`))
      })
      let isAnswered = false
      request.on('response', (response) => {
        isAnswered = true
        resolve(response)
      })
      request.on('error', (error) => {
        if (request.reusedSocket) this.#isClosing = true
        reject(error)
      })
      request.on('close', () => {
        if (!isAnswered) reject(new NoAnswer(CLOSED))
      })
      request.end(body ?? undefined)
    })
  }
}

/** Ends one exchange early: once, for one reason. An AbortController for each exchange would cost far more. */
class Cut {
  isMade = false
  reason: unknown = null
  readonly #acts: ((reason: unknown) => void)[] = []

  make(reason: unknown): void {
    if (this.isMade) return
    this.isMade = true
    this.reason = reason
    for (const act of this.#acts) act(reason)
  }

  on(act: (reason: unknown) => void): void {
    if (this.isMade) act(this.reason)
    else this.#acts.push(act)
  }

  signal(): AbortSignal {
    const controller = new AbortController()
    this.on((reason) => controller.abort(reason))
    return controller.signal
  }
}

/**
 * The whole of a body. One that is not wanted any more is destroyed: a decoder would go on for gigabytes.
 *
 * @param large is waited for once the body is larger than {@link MIB}
 */
function read(body: Readable, most: number, cut: Cut, large: () => Promise<void>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    let isLarge = false
    const giveUp = (reason: unknown): void => {
      chunks = []
      body.destroy()
      reject(reason)
    }
    cut.on(giveUp)
    body.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > most) {
        giveUp(new NoAnswer(`sent more than ${sizeInWords(most)}`))
        return
      }
      chunks.push(chunk)
      if (size <= MIB || isLarge) return
      isLarge = true
      body.pause()
      large().then(() => body.resume(), giveUp)
    })
    body.on('end', () => resolve(Buffer.concat(chunks)))
    body.on('error', giveUp)
    body.on('close', () => {
      if (!body.readableEnded) giveUp(new NoAnswer(CLOSED_EARLY))
    })
  })
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
      return new NoAnswer(hasHeaders ? CLOSED_EARLY : CLOSED)
    default:
      return new NoAnswer(`had no answer (${code || message})`)
  }
}
