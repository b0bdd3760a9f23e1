import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ApiRequest, ApiResponse } from '../../api/http.ts'
import type { ControlEvent } from '../../spec/control/index.ts'
import type { PathKind } from '../path-kind.ts'
import type { Outcome } from '../respond.ts'
import { ownerOf } from '../shard.ts'
import { Frames } from './frames.ts'

type Respond = (kind: PathKind, request: ApiRequest) => Outcome | Promise<Outcome>

/** How the workers of one server know each other. */
export interface LinkOptions {
  /** Where they listen, all of them. */
  readonly url: string
  /** Where their sockets are; nobody else may enter. */
  readonly folder: string
  /** What the names of each worker's Worlds and keys begin with. */
  readonly prefixes: readonly string[]
  /** Which of them this process is, from 0. */
  readonly self: number
}

/** An open question to another worker. */
interface Question {
  answer(outcome: Outcome): void
  fail(error: Error): void
}

/** Events of another worker's World, from before anybody listens until they end. */
interface Following {
  emit: (event: ControlEvent) => void
  end: () => void
  early: ControlEvent[]
  isOver: boolean
}

/**
 * One worker among those that share a port. Each owns Worlds. Whichever holds the connection of a request hands it to the worker whose World it
 * is for, over a socket between the two, and sends on what that one answers.
 */
export class Link {
  readonly url: string
  readonly prefixes: readonly string[]
  readonly self: number
  readonly #folder: string
  readonly #server: Server = createServer((socket) => this.#listenTo(socket))
  // A worker that started sooner may ask before this one can answer.
  readonly #started: PromiseWithResolvers<Respond> = Promise.withResolvers()
  #respond: Respond | null = null
  #take: (connection: Socket) => void = (connection) => connection.destroy()
  #peers: readonly (Peer | null)[] = []

  constructor({ url, folder, prefixes, self }: LinkOptions) {
    this.url = url
    this.#folder = folder
    this.prefixes = prefixes
    this.self = self
  }

  /** From now on the others can ask. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#socketOf(this.self), resolve)
    })
  }

  /** Once all of them listen: from now on this one can ask. Their sockets' files are not needed any more. */
  async connect(): Promise<void> {
    this.#peers = this.prefixes.map((_, worker) => (worker === this.self ? null : new Peer(this.#socketOf(worker))))
    await Promise.all(this.#peers.map((peer) => peer?.connected))
  }

  /** How questions of the others are answered. */
  answerBy(respond: Respond): void {
    this.#respond = respond
    this.#started.resolve(respond)
  }

  /** Who has the connections from now on that this worker is given. */
  takeBy(take: (connection: Socket) => void): void {
    this.#take = take
  }

  /** @param read what was read of it by the process that accepted it */
  give(connection: Socket, read: Buffer): void {
    // As a server of Node's has it: who has asked and will say no more is answered all the same.
    connection.allowHalfOpen = true
    connection.unshift(read)
    this.#take(connection)
  }

  ownerOf(name: string): number {
    return ownerOf(this.prefixes, name)
  }

  /** @throws {Error} if the other worker is gone */
  ask(worker: number, kind: PathKind, request: ApiRequest): Promise<Outcome> {
    return (this.#peers[worker] as Peer).ask(kind, request)
  }

  close(): void {
    this.#server.close()
    for (const peer of this.#peers) peer?.close()
  }

  #listenTo(socket: Socket): void {
    const following = new Map<number, () => void>()
    const frames = new Frames(socket, ([what, id, ...rest], body) => {
      if (what === 'leave') {
        following.get(id as number)?.()
        following.delete(id as number)
      } else this.#answer(frames, following, id as number, rest, body)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const leave of following.values()) leave()
    })
  }

  async #answer(
    frames: Frames,
    following: Map<number, () => void>,
    id: number,
    question: unknown[],
    body: Buffer,
  ): Promise<void> {
    try {
      const respond = this.#respond ?? (await this.#started.promise)
      const outcome = respond(...toRequest(question, body))
      const { follow, ...response } = (outcome instanceof Promise ? await outcome : outcome) as Both
      if (!follow) {
        const { status, headers, wire = null } = response
        frames.send(['answer', id, status, headers, wire, typeof response.body === 'string'], response.body)
        return
      }
      frames.send(['follow', id])
      following.set(
        id,
        follow(
          (event) => frames.send(['event', id, event]),
          () => frames.send(['end', id]),
        ),
      )
    } catch (error) {
      console.error(error)
      frames.send(['fail', id, (error as Error).message])
    }
  }

  #socketOf(worker: number): string {
    return join(this.#folder, `${worker}.sock`)
  }
}

type Both = ApiResponse & { follow?: Extract<Outcome, { follow: unknown }>['follow'] }

/** The asking end of a socket between two workers. */
class Peer {
  readonly connected: Promise<unknown>
  readonly #frames: Frames
  readonly #questions = new Map<number, Question>()
  readonly #following = new Map<number, Following>()
  readonly #close: () => void
  #asked = 0
  #failure: Error | null = null

  constructor(path: string) {
    const socket = createConnection(path)
    this.connected = once(socket, 'connect')
    this.#close = () => socket.destroy()
    this.#frames = new Frames(socket, (head, body) => this.#hear(head, body))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('another worker of this server has ended')))
  }

  ask(kind: PathKind, request: ApiRequest): Promise<Outcome> {
    if (this.#failure) return Promise.reject(this.#failure)
    const id = ++this.#asked
    const { method, path, query, apiKey, contentType, scenario, body } = request
    const isBytes = body instanceof Uint8Array
    this.#frames.send(
      ['ask', id, kind, method, path, query, apiKey, contentType, scenario, isBytes ? 'bytes' : body],
      isBytes ? body : '',
    )
    return new Promise((answer, fail) => this.#questions.set(id, { answer, fail }))
  }

  close(): void {
    this.#close()
  }

  #hear([what, number, ...rest]: readonly unknown[], body: Buffer): void {
    const id = number as number
    if (what === 'event') this.#following.get(id)?.emit(rest[0] as ControlEvent)
    else if (what === 'end') this.#following.get(id)?.end()
    else {
      const question = this.#questions.get(id)
      this.#questions.delete(id)
      if (what === 'answer') question?.answer(toResponse(rest, body))
      else if (what === 'follow') question?.answer({ follow: this.#follow(id) })
      else question?.fail(new Error(String(rest[0])))
    }
  }

  #follow(id: number): Extract<Outcome, { follow: unknown }>['follow'] {
    const following: Following = {
      early: [],
      isOver: false,
      emit: (event) => following.early.push(event),
      end: () => {
        following.isOver = true
      },
    }
    this.#following.set(id, following)
    return (emit, end) => {
      for (const event of following.early) emit(event)
      following.early.length = 0
      following.emit = emit
      following.end = end
      if (following.isOver) end()
      return () => {
        this.#following.delete(id)
        if (!this.#failure) this.#frames.send(['leave', id])
      }
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const question of this.#questions.values()) question.fail(error)
    this.#questions.clear()
    for (const following of this.#following.values()) following.end()
  }
}

function toRequest(question: unknown[], body: Buffer): [PathKind, ApiRequest] {
  const [kind, method, path, query, apiKey, contentType, scenario, bodyKind] = question as [
    PathKind,
    string,
    string,
    string,
    string | null,
    string | null,
    string | null,
    'bytes' | 'too-large' | null,
  ]
  return [kind, { method, path, query, apiKey, contentType, scenario, body: bodyKind === 'bytes' ? body : bodyKind }]
}

function toResponse(answer: unknown[], body: Buffer): ApiResponse {
  const [status, headers, wire, isText] = answer as [
    number,
    ApiResponse['headers'],
    ApiResponse['wire'] | null,
    boolean,
  ]
  return { status, headers, body: isText ? body.toString() : body, ...(wire && { wire }) }
}
