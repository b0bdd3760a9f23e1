import {
  type Book,
  copyOf,
  forkOf,
  isOver,
  type JobNote,
  type JobView,
  type Ledger,
  type PassingWorld,
  RANK,
  type WorldNote,
} from './book.ts'
import type { Answer, Client } from './client.ts'
import { KINDS, type Receiver } from './receiver.ts'
import { run } from './served.ts'

const ASYNC = { async: true, response_mode: 'urls' }
const PHOTOS = Array.from({ length: 5 }, (_, i) => `https://example.com/me/${i + 1}.jpg`)

/** What the clients of one run have in common. */
export interface Scene {
  readonly random: () => number
  readonly receiver: Receiver
  readonly ledger: Ledger
  /** How many answers were 503. */
  refused: number
  readonly broke: (kind: string, example: string, where?: string) => void
  readonly tried: (what: string, times?: number) => void
  /** Told of each answer. */
  answered: () => void
}

export const pick = <Item>({ random }: Scene, list: readonly Item[]): Item | undefined =>
  list[Math.floor(random() * list.length)]

/** The clients of one World. Whatever is not answered stays open in its book. */
export class Load {
  readonly #scene: Scene
  readonly #world: WorldNote
  readonly #client: Client
  readonly #isOn: () => boolean
  readonly #path: string

  /** @param isOn whether the server is meant to answer */
  constructor(scene: Scene, world: WorldNote, client: Client, isOn: () => boolean) {
    this.#scene = scene
    this.#world = world
    this.#client = client
    this.#isOn = isOn
    this.#path = `/worlds/${world.id}`
  }

  get #book(): Book {
    return this.#world.books[0]
  }

  async run(): Promise<void> {
    while (this.#isOn()) {
      const count = 1 + Math.floor(this.#scene.random() * 5)
      await Promise.all(Array.from({ length: count }, () => this.#one()))
      if (this.#isOn() && this.#scene.random() < 0.25) await this.#alone()
    }
  }

  /** Something that may happen beside others. */
  #one(): Promise<void> {
    const dice = this.#scene.random()
    if (dice < 0.45) return this.submit()
    if (dice < 0.7) return this.#poll()
    if (dice < 0.76) return this.#askAgain()
    if (dice < 0.82) return this.#deposit()
    if (dice < 0.87) return this.#hurry()
    if (dice < 0.9) return this.#changeScenarios()
    if (dice < 0.92) return this.#rotateSecret()
    if (dice < 0.94) return this.#train()
    return this.#moveClock(1000 + this.#scene.random() * 20_000)
  }

  /** Something that nothing else of this World happens beside. */
  #alone(): Promise<void> {
    const dice = this.#scene.random()
    if (dice < 0.4) return this.#moveClock(this.#scene.random() < 0.3 ? 25 * 3_600_000 : 60_000)
    if (dice < 0.7) return this.takeSnapshot()
    if (dice < 0.9) return this.restore()
    return this.reset()
  }

  async submit(): Promise<void> {
    const { random, receiver } = this.#scene
    const n = receiver.nextNumber()
    const account = random() < 0.5 ? 'a' : 'b'
    const isDoomed = random() < 0.2
    const key = random() < 0.75 ? `order-${n}` : null
    const kind = random() < 0.6 ? pick(this.#scene, KINDS) : undefined
    const note: JobNote = {
      n,
      account,
      body: {
        prompt: `${isDoomed ? 'doomed ' : ''}picture ${n}`,
        ...ASYNC,
        ...(key !== null && { client_request_id: key }),
        ...(kind !== undefined && { callback_url: receiver.url(kind, n) }),
      },
      key,
      sentMs: this.#book.clock.nowMs,
      id: null,
      seen: null,
      seenMs: 0,
      fate: isDoomed ? 'fails' : 'succeeds',
      isForced: false,
      isForked: false,
      isExpired: false,
      isAskedAgain: false,
    }
    this.#book.jobs.set(n, note)
    const answer = await this.#api(account, 'POST', '/generate', note.body)
    if (answer.status === 202) this.#tellId(note, answer.body.job_id)
    else if (isRefused(answer)) this.#book.jobs.delete(n)
    else this.#expect(answer, 'a submit')
  }

  async takeSnapshot(): Promise<void> {
    const answer = await this.#control('GET', '/snapshot')
    if (answer.status === 200) this.#world.snapshot = { json: answer.body, book: copyOf(this.#book) }
    else this.#expect(answer, 'a snapshot')
  }

  async restore(): Promise<void> {
    const { snapshot } = this.#world
    if (snapshot !== null)
      await this.#replace('a restore', forkOf(snapshot.book), () => this.#control('PUT', '/snapshot', snapshot.json))
  }

  /** `phota-mock snapshot`, while nothing else happens; killed after so many ms, unless that is `null`. */
  async snapshotBy(file: string, killAfterMs: number | null): Promise<void> {
    const command = run(['snapshot', file, '--url', this.#client.url, '--world', this.#world.id])
    if (killAfterMs !== null) {
      await Promise.race([command.ended, new Promise((resolve) => setTimeout(resolve, killAfterMs))])
      await command.kill()
    } else if ((await command.ended) !== 0) this.#scene.broke('`snapshot` fails', command.stderr)
  }

  /** `phota-mock restore`, of a file with what was last kept of this World. */
  async restoreBy(file: string): Promise<void> {
    const { snapshot } = this.#world
    if (snapshot === null) return
    await this.#replace('`restore`', forkOf(snapshot.book), async () => {
      const command = run(['restore', file, '--url', this.#client.url, '--world', this.#world.id])
      const isDone = (await command.ended) === 0
      return { status: isDone ? 200 : 0, text: command.stderr, requestId: null, body: null }
    })
  }

  async reset(): Promise<void> {
    await this.#replace('a reset', copyOf(this.#world.beginning), () => this.#control('POST', '/reset'))
  }

  async #replace(what: string, after: Book, command: () => Promise<Answer>): Promise<void> {
    const before = this.#book
    this.#world.books = [before, after]
    const answer = await command()
    if (answer.status === 200) this.#world.books = [after]
    else if (isRefused(answer)) this.#world.books = [before]
    else this.#expect(answer, what)
  }

  #tellId(note: JobNote, id: string): void {
    if (note.id === id) return
    if (note.id !== null)
      this.#scene.broke(
        'a client_request_id answers another job',
        `${note.key}: ${note.id}, now ${id}`,
        this.#world.mode,
      )
    if (this.#book.ids.has(id)) this.#scene.broke('an id comes twice', `the job ${id} of ${note.n}`, this.#world.mode)
    this.#book.ids.add(id)
    note.id = id
    this.#scene.tried('submits answered')
  }

  /** One that is known and not near its expiry. */
  #anyJob(): (JobNote & { id: string }) | undefined {
    const latestMs = this.#book.clock.nowMs - 20 * 3_600_000
    const known = [...this.#book.jobs.values()].slice(-60).filter(({ id, sentMs }) => id !== null && sentMs > latestMs)
    return pick(this.#scene, known) as (JobNote & { id: string }) | undefined
  }

  async #poll(): Promise<void> {
    const note = this.#anyJob()
    if (!note) return
    const askedMs = performance.now()
    const answer = await this.#api(note.account, 'GET', `/jobs/${note.id}`)
    if (answer.status === 200) see(this.#scene, note, answer.body, askedMs)
    else this.#expect(answer, 'a poll of a job that was answered')
  }

  async #askAgain(): Promise<void> {
    const note = this.#anyJob()
    if (!note || note.key === null) return
    const answer = await this.#api(note.account, 'POST', '/generate', note.body)
    this.#scene.tried('replays')
    if (answer.status === 202) this.#tellId(note, answer.body.job_id)
    else this.#expect(answer, 'a replay')
  }

  async #deposit(): Promise<void> {
    const id = this.#scene.random() < 0.5 ? 'a' : 'b'
    const account = this.#book.accounts.get(id)
    if (!account) return
    const amount = 1 + Math.floor(this.#scene.random() * 10_000_000)
    account.openDeposits.push(amount)
    const answer = await this.#control('POST', `/accounts/${id}/deposit`, { amount: (amount / 1e6).toFixed(6) })
    if (answer.status === 200) account.depositedMicroUsd += amount
    if (answer.status === 200 || isRefused(answer)) account.openDeposits.splice(account.openDeposits.indexOf(amount), 1)
    else this.#expect(answer, 'a deposit')
  }

  /** Fails a job, or has it take its next step. */
  async #hurry(): Promise<void> {
    const note = this.#anyJob()
    if (!note || isOver(note.seen)) return
    const fails = this.#scene.random() < 0.5
    note.isForced = true
    if (fails && note.fate === 'succeeds') note.fate = 'either'
    const askedMs = performance.now()
    const answer = await this.#control(
      'POST',
      `/jobs/${note.id}/${fails ? 'fail' : 'step'}`,
      fails ? { code: 'INTERNAL' } : undefined,
    )
    if (answer.status === 200) see(this.#scene, note, answer.body.job, askedMs)
    // It ended meanwhile.
    else if (answer.status !== 409 && !isRefused(answer)) this.#expect(answer, fails ? 'a failure' : 'a step')
  }

  async #changeScenarios(): Promise<void> {
    const { scenarios } = this.#book
    const [there] = [...scenarios].find(([id, state]) => id !== 'doomed' && state === 'there') ?? []
    const isRemoval = there !== undefined && this.#scene.random() < 0.5
    const id = isRemoval ? there : `scenario-${this.#scene.receiver.nextNumber()}`
    scenarios.set(id, 'open')
    const answer = isRemoval
      ? await this.#control('DELETE', `/scenarios/${id}`)
      : await this.#control('POST', '/scenarios', {
          id,
          match: { prompt: `nobody says ${id}` },
          effect: { running: '9s' },
        })
    const happened = isRemoval ? 204 : 201
    if (answer.status === happened || isRefused(answer))
      scenarios.set(id, isRemoval === (answer.status === happened) ? 'gone' : 'there')
    else this.#expect(answer, 'a scenario')
  }

  async #rotateSecret(): Promise<void> {
    const id = this.#scene.random() < 0.5 ? 'a' : 'b'
    const account = this.#book.accounts.get(id)
    if (!account || account.isSecretOpen) return
    account.isSecretOpen = true
    const answer = await this.#control('POST', `/accounts/${id}/webhook-secret`)
    if (answer.status === 200) {
      account.secret = answer.body.webhook_signing_secret
      account.secrets.add(account.secret)
    }
    if (answer.status === 200 || isRefused(answer)) account.isSecretOpen = false
    else this.#expect(answer, 'a new secret')
  }

  async #train(): Promise<void> {
    const id = this.#scene.random() < 0.5 ? 'a' : 'b'
    const account = this.#book.accounts.get(id)
    if (!account) return
    account.openTrainings++
    const answer = await this.#api(id, 'POST', '/profiles/add', { training_tier: 'fast', image_urls: PHOTOS })
    if (answer.status === 200) this.#book.trainings.set(answer.body.profile_id, { account: id, rank: 0 })
    if (answer.status === 200 || isRefused(answer)) account.openTrainings--
    else this.#expect(answer, 'a training')
  }

  async #moveClock(byMs: number): Promise<void> {
    const { clock } = this.#book
    if (this.#world.mode === 'manual') {
      const ms = Math.floor(byMs)
      clock.mostMs += ms
      const answer = await this.#control('POST', '/clock/advance', { by: ms })
      if (answer.status === 200) clock.nowMs = Math.max(clock.nowMs, Date.parse(answer.body.now))
      else this.#expect(answer, 'a move of the clock')
      return
    }
    if (clock.frozen === 'open') return
    const frozen = !clock.frozen
    clock.frozen = 'open'
    clock.wall = null
    const fromMs = performance.now()
    const answer = await this.#control('PATCH', '/clock', { frozen })
    if (answer.status === 200) {
      clock.nowMs = Math.max(clock.nowMs, Date.parse(answer.body.now))
      clock.wall = { fromMs, toMs: performance.now() }
    }
    if (answer.status === 200 || isRefused(answer)) clock.frozen = answer.status === 200 ? frozen : !frozen
    else this.#expect(answer, 'a frozen clock')
  }

  async #api(account: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const book = this.#book
    const answer = await this.#client.api(book.accounts.get(account)?.key ?? '', method, path, body)
    this.#note(answer)
    if (answer.requestId !== null && answer.status < 500) {
      if (book.ids.has(answer.requestId))
        this.#scene.broke('an id comes twice', `the request ${answer.requestId}`, this.#world.mode)
      book.ids.add(answer.requestId)
    }
    return answer
  }

  async #control(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#client.control(method, this.#path + path, body)
    this.#note(answer)
    return answer
  }

  #note({ status }: Answer): void {
    if (status === 503) this.#scene.refused++
    this.#scene.answered()
  }

  /** What is not answered is odd while the server lives; what is answered otherwise is odd in any case. */
  #expect({ status, text }: Answer, what: string): void {
    if (status === 503 || (status === 0 && !this.#isOn())) return
    this.#scene.broke(`${what} is answered ${status}`, text, this.#world.mode)
  }
}

/** Whether nothing happened, by the server's own words. */
export function isRefused({ status, text }: Answer): boolean {
  return status === 503 && text.includes('Nothing happened')
}

/** Takes note of how far a job is. Of what is asked at once, the answers may come in any order. */
export function see(
  { broke }: Pick<Scene, 'broke'>,
  note: JobNote,
  view: JobView,
  askedMs: number = performance.now(),
): void {
  const { seen } = note
  const { job_id, status, result, error, created_at, completed_at } = view
  const now: JobView = { job_id, status, result, error, created_at, completed_at }
  if (seen !== null) {
    const example = `${JSON.stringify(seen)}\nnow ${JSON.stringify(now)}`
    const isBack = (RANK[status] ?? -1) < (RANK[seen.status] ?? 0)
    if (isBack) {
      if (askedMs > note.seenMs) broke('a job stepped back', example)
      return
    }
    if (isOver(seen) && JSON.stringify(seen) !== JSON.stringify(now)) broke('an outcome changed', example)
    else if (seen.created_at !== created_at) broke('a job has another beginning', example)
    if ((RANK[status] ?? -1) <= (RANK[seen.status] ?? 0)) return
  }
  note.seen = now
  note.seenMs = performance.now()
  if (status === 'succeeded' && note.fate === 'fails') broke('a job that must fail succeeded', JSON.stringify(now))
  if (isOver(now)) note.fate = status === 'failed' ? 'fails' : 'succeeds'
}

/** Worlds that come and go. */
export async function comeAndGo(scene: Scene, client: Client, isOn: () => boolean): Promise<void> {
  const { ledger, random } = scene
  while (isOn()) {
    ledger.openCreations++
    const made = await client.control('POST', '/worlds', {
      clock: { mode: 'manual' },
      accounts: [{ id: 'a', deposit: '5.00' }],
    })
    if (made.status === 201 || isRefused(made)) ledger.openCreations--
    if (made.status === 201) {
      const world: PassingWorld = { id: made.body.id, key: made.body.accounts[0].keys[0], jobId: null, state: 'there' }
      if (ledger.worldIds.has(world.id)) scene.broke('an id comes twice', `the World ${world.id}`)
      ledger.worldIds.add(world.id)
      ledger.passing.set(world.id, world)
      const submitted = await client.api(world.key, 'POST', '/generate', { prompt: 'passing', ...ASYNC })
      if (submitted.status === 202) world.jobId = submitted.body.job_id
    }
    await new Promise((resolve) => setTimeout(resolve, 20 + random() * 100))
    const [leaving] = [...ledger.passing.values()].filter(({ state }) => state === 'there')
    if (!leaving || random() < 0.3 || !isOn()) continue
    leaving.state = 'open'
    const removed = await client.control('DELETE', `/worlds/${leaving.id}`)
    if (removed.status === 204) leaving.state = 'gone'
    else if (isRefused(removed)) leaving.state = 'there'
  }
}
