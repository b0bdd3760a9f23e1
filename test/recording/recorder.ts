import type { Control, Door } from './doors.ts'
import { type Answer, type Asked, digest, type Exchange, kept, normaliser, told } from './exchange.ts'

/** Writes down what goes through a door. */
export class Recorder {
  readonly #door: Door
  readonly #write: (exchange: Exchange) => void
  readonly #normal: (text: string) => string
  #count = 0

  constructor(door: Door, write: (exchange: Exchange) => void) {
    this.#door = door
    this.#write = write
    this.#normal = normaliser(door.receiver.port)
  }

  /** A request to the API, or for an image. */
  async ask(what: string, asked: Asked): Promise<Answer> {
    const answer = await this.#door.ask(asked)
    this.note(what, asked, answer)
    return answer
  }

  /** An answer that was waited for elsewhere. */
  note(what: string, asked: Asked, answer: Answer): void {
    const kind = what === 'download' ? 'download' : 'api'
    this.#add(kind, what, { asked: told(asked, this.#normal), ...kept(answer, this.#normal) })
  }

  /**
   * A request to the control API over HTTP.
   *
   * @param secret what is not to be written down, because it is no promise: a snapshot is made to be restored, not to
   * be read
   */
  async askControl(what: string, asked: Asked, secret: 'body' | 'answer' | null = null): Promise<Answer> {
    const answer = await (this.#door.askControl as NonNullable<Door['askControl']>)(asked)
    const { text, sha256, bytes, headers = [], ...rest } = kept(answer, this.#normal)
    const isShown = secret !== 'answer' || answer.status !== 200
    this.#add('http', what, {
      asked: told(secret === 'body' ? { ...asked, body: 'a snapshot' } : asked, this.#normal),
      ...rest,
      headers: isShown ? headers : headers.filter(([name]) => name !== 'content-length'),
      ...(isShown && { sha256, bytes, text }),
    } as Partial<Exchange>)
    return answer
  }

  /** A call of the control interface. @returns what it brought; `undefined` if it was refused */
  async control<Result>(
    what: string,
    given: unknown,
    call: (control: Control) => Promise<Result>,
    isShown = true,
  ): Promise<Result | undefined> {
    const asked = given === undefined ? undefined : JSON.parse(this.#normal(JSON.stringify(given)))
    try {
      const result = await call(this.#door.control)
      this.#add('control', what, { asked, status: 200, ...this.#text(isShown ? result : 'not written down') })
      return result
    } catch (error) {
      const { message, status = null } = error as Error & { status?: number }
      this.#add('control', what, { asked, status, ...this.#text({ message }) })
      return undefined
    }
  }

  /** What came by itself. */
  came(kind: 'callbacks' | 'events', list: readonly unknown[]): void {
    if (list.length > 0) this.#add(kind, kind, this.#text(list))
  }

  #text(value: unknown): Partial<Exchange> {
    const text = this.#normal(JSON.stringify(value) ?? '')
    return { ...digest(text), text }
  }

  #add(kind: Exchange['kind'], what: string, rest: Partial<Exchange>): void {
    this.#write({ n: ++this.#count, door: this.#door.name, kind, what, ...rest })
  }
}
