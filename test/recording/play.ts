import { Chance } from './chance.ts'
import type { ControlEvent, ControlSnapshot, Door, NewWorld } from './doors.ts'
import { type Answer, type Asked, type Exchange, LEFT_OUT } from './exchange.ts'
import { type Lever, lever, looks, move, settle } from './levers.ts'
import { Recorder } from './recorder.ts'
import {
  addProfile,
  asyncSubmit,
  download,
  get,
  KEYS,
  type Known,
  oddRequest,
  poll,
  rawSubmit,
  readProfile,
  readSecret,
  syncSubmit,
  TOO_LARGE,
} from './requests.ts'

export interface PlayOptions {
  readonly seed: number
  /** How many requests to the API. */
  readonly requests: number
  /** How many images may be drawn, because drawing takes long. */
  readonly draws: number
  /** Whether what takes long is left out, and the World is looked at seldom. */
  readonly isShort: boolean
}

const MAIN: NewWorld = {
  id: 'main',
  seed: 'recording',
  fixture: 'every-state',
  start: '2026-06-22T12:00:00Z',
  clock: { mode: 'manual' },
  // So long that a busy machine cuts no receiver short.
  callback_grace: '20s',
  accounts: [
    { id: 'carol', keys: [KEYS.carol], deposit: '20.00' },
    { id: 'broke', keys: [KEYS.broke], deposit: '0.10' },
  ],
  contents: {
    profiles: [
      { account: 'bob', profile_id: 'bob-1', tag: 'family', status: 'READY' },
      { account: 'bob', tag: 'new', status: 'IN_PROGRESS', added_ago: '1m' },
    ],
    jobs: [
      { account: 'carol', status: 'succeeded', finished_ago: '23h58m', prompt: 'a lighthouse', output_format: 'png' },
      { account: 'carol', status: 'running', ends_in: '5m', client_request_id: 'order-0' },
    ],
    scenarios: [{ match: { prompt: 'doomed' }, effect: { fail: 'INTERNAL' }, times: 2 }],
  },
}

/** Plays a run that the seed decides, and writes down everything that a client or a tester could see of it. */
export async function play(door: Door, options: PlayOptions, write: (exchange: Exchange) => void): Promise<void> {
  await new Player(door, options, write).play()
}

class Player {
  readonly #door: Door
  readonly #options: PlayOptions
  readonly #recorder: Recorder
  readonly #chance: Chance
  readonly #known: Known
  #asked = 0
  #drawn = 0
  #events: Following | null = null
  #snapshot: ControlSnapshot | undefined

  constructor(door: Door, options: PlayOptions, write: (exchange: Exchange) => void) {
    this.#door = door
    this.#options = options
    this.#recorder = new Recorder(door, write)
    this.#chance = new Chance(options.seed)
    this.#known = {
      jobs: [],
      profiles: [{ id: 'abc123', key: KEYS.alice }],
      images: [],
      receiverPort: door.receiver.port,
    }
  }

  async play(): Promise<void> {
    await this.#create(MAIN)
    await this.#create({ ...MAIN, id: 'other', seed: 'other', fixture: 'half-trained', accounts: [], contents: {} })
    await this.#create({ ...MAIN, id: 'other', accounts: [] })
    await this.#create({ ...MAIN, id: 'No Id' })
    await this.#follow()
    const { requests, isShort } = this.#options
    // What happens once, when so many percent of the requests are through.
    const once: (readonly [percent: number, happen: () => Promise<void>])[] = [
      [30, () => this.#takeSnapshot()],
      [40, () => this.#putBack()],
      [60, () => this.#removeWhileOpen()],
      [80, () => this.#moveWorld()],
      [90, () => this.#beginAnew()],
      ...(isShort ? [] : [[92, () => this.#large()] as const, [95, () => this.#hangingReceiver()] as const]),
    ]
    const every = Math.ceil(requests / (isShort ? 4 : 20))
    let lookAt = every
    while (this.#asked < requests) {
      await this.#step()
      const [next] = once
      if (next && this.#asked * 100 >= next[0] * requests) {
        once.shift()
        await next[1]()
      }
      if (this.#asked < lookAt) continue
      lookAt += every
      await this.#look(every + 20)
    }
    await this.#pull(settle)
    await this.#look(1000)
    await this.#recorder.control('getHealth', undefined, (control) => control.health())
    await this.#recorder.control('listWorlds', undefined, (control) => control.worlds.list())
    await this.#events?.stop()
  }

  async #step(): Promise<void> {
    const chance = this.#chance
    const known = this.#known
    const step = chance.weighted<() => Promise<unknown>>([
      [55, () => this.#submit('submit', asyncSubmit(chance, known))],
      [50, () => this.#ask('poll', poll(chance, known))],
      [6, () => this.#submit('submit', rawSubmit(chance))],
      [7, () => this.#submit('addProfile', addProfile(chance))],
      [10, () => this.#ask('profile', readProfile(chance, known))],
      [3, () => this.#ask('secret', readSecret(chance))],
      [6, () => this.#ask('odd', oddRequest(chance))],
      [7, () => this.#download()],
      [5, () => this.#sync()],
      [20, () => this.#pull(lever(chance, known))],
      [20, () => this.#pull(move(chance))],
    ])
    await step()
  }

  /** A request, and what its answer tells for later ones. */
  async #ask(what: string, asked: Asked): Promise<Answer> {
    this.#asked++
    const answer = await this.#recorder.ask(what, asked)
    this.#learn(asked, answer)
    return answer
  }

  #learn(asked: Asked, { headers, bytes }: Answer): void {
    if (!headers.some(([name, value]) => name === 'content-type' && value.startsWith('application/json'))) return
    const told = parse(Buffer.from(bytes).toString())
    const key = asked.headers['x-api-key'] ?? ''
    const { job_id: job, profile_id: profile, poll_url: place } = told
    if (typeof job === 'string' && place !== undefined) this.#known.jobs.push({ id: job, key })
    if (typeof profile === 'string' && asked.method === 'POST') this.#known.profiles.push({ id: profile, key })
    const { download_urls: urls = [] } = (told['result'] ?? told) as { download_urls?: string[] }
    for (const url of urls) if (!this.#known.images.includes(url)) this.#known.images.push(url)
  }

  async #download(): Promise<void> {
    const asked = download(this.#chance, this.#known, this.#drawn < this.#options.draws)
    const answer = await this.#ask('download', asked)
    if (answer.headers.some(([name]) => name === 'etag')) this.#drawn++
  }

  async #sync(): Promise<void> {
    const count = this.#chance.pick([1, 1, 2])
    await this.#submit('sync', ...Array.from({ length: count }, () => syncSubmit(this.#chance)))
  }

  /** What waits for the clock, as a synchronous request does, gets its answer once the clock has moved. */
  async #submit(what: string, ...asked: Asked[]): Promise<void> {
    const world = this.#door.control.worlds.get('main')
    const open: Open[] = []
    for (const one of asked) open.push(await this.#open('main', one))
    this.#asked += asked.length
    for (let moves = 0; open.some(({ isOver }) => !isOver); moves++) {
      const by = moves === 0 ? '20s' : '11m'
      await this.#pull({ what: 'advanceClock', given: by, pull: () => world.clock.advance(by) })
      // A job that a scenario keeps forever is named by this alone.
      const settled = moves === 0 ? undefined : await world.clock.settle()
      for (const id of settled?.stuck ?? [])
        await this.#pull({ what: 'failJob', given: id, pull: () => world.jobs.fail(id, { code: 'INTERNAL' }) })
      await this.#answered(open)
    }
    for (const { asked, answer } of open) {
      const got = await answer
      this.#recorder.note(what, asked, got)
      this.#learn(asked, got)
    }
    // A job that takes no time is called back at once.
    await this.#quiet()
  }

  async #open(world: string, asked: Asked): Promise<Open> {
    const { clock } = this.#door.control.worlds.get(world)
    const before = (await clock.read()).open_requests
    const request = { asked, isOver: false, answer: this.#door.ask(asked) }
    request.answer.then(() => {
      request.isOver = true
    })
    while (!request.isOver && (await clock.read()).open_requests === before) await pause()
    return request
  }

  /** Waits until as many are answered as are no longer open. */
  async #answered(open: readonly { isOver: boolean }[]): Promise<void> {
    const { clock } = this.#door.control.worlds.get('main')
    for (;;) {
      const { open_requests: left } = await clock.read()
      if (open.filter(({ isOver }) => !isOver).length <= left) return
      await pause()
    }
  }

  async #pull(one: Lever, world = 'main'): Promise<unknown> {
    if (one.what === 'advanceClock') this.#door.receiver.isDown = this.#chance.is(0.5)
    const result = await this.#recorder.control(one.what, one.given, (control) => one.pull(control.worlds.get(world)))
    await this.#quiet(world)
    return result
  }

  /** Lets the callbacks arrive that are under way, so that nothing is read while they are. */
  async #quiet(world = 'main'): Promise<void> {
    await this.#door.control.worlds.get(world).clock.advance(0)
    const callbacks = this.#door.receiver.taken()
    this.#recorder.came(
      'callbacks',
      callbacks.map(({ headers, ...rest }) => ({ ...rest, headers: headers.filter(([name]) => !LEFT_OUT.has(name)) })),
    )
  }

  async #look(entries: number): Promise<void> {
    await this.#takeEvents()
    for (const one of looks(entries))
      await this.#recorder.control(one.what, one.given, (control) => one.pull(control.worlds.get('main')))
  }

  /** A path of its own marks how far the events are to have come. */
  async #takeEvents(): Promise<void> {
    const path = `/v1/phota/marker-${this.#asked}`
    await this.#ask('odd', get(path, KEYS.alice))
    const events = (await this.#events?.until((event) => event.detail.includes(path))) ?? []
    const [drawn, others] = [events.filter(waitedForAPicture), events.filter((event) => !waitedForAPicture(event))]
    // When a picture is drawn is the wall's business: the clock may have gone on by then.
    const undated = drawn.map(({ at: _, ...event }) => event).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
    this.#recorder.came('events', [...others, ...undated])
  }

  async #follow(): Promise<void> {
    await this.#events?.stop()
    this.#events = await Following.begin(this.#door, 'main')
  }

  async #create(wanted: NewWorld): Promise<void> {
    await this.#recorder.control('createWorld', wanted, async (control) =>
      (await control.worlds.create(wanted)).describe(),
    )
  }

  async #takeSnapshot(): Promise<void> {
    this.#snapshot = await this.#recorder.control(
      'takeSnapshot',
      'main',
      (control) => control.worlds.get('main').snapshot(),
      false,
    )
  }

  /** The World of some time ago; first where its keys are taken. */
  async #putBack(): Promise<void> {
    const snapshot = this.#snapshot as ControlSnapshot
    await this.#takeEvents()
    for (const id of ['copy', 'No Id', 'main'])
      await this.#recorder.control('restoreSnapshot', id, (control) => control.worlds.get(id).restore(snapshot))
    await this.#follow()
    await this.#look(1000)
  }

  async #large(): Promise<void> {
    await this.#submit('submit', TOO_LARGE)
  }

  /** Its open requests are answered. */
  async #removeWhileOpen(): Promise<void> {
    await this.#create({
      id: 'brief',
      seed: 'brief',
      start: '2026-01-01T00:00:00Z',
      clock: { mode: 'manual' },
      accounts: [{ id: 'dan' }],
    })
    await this.#recorder.control('deposit', 'dan', (control) =>
      control.worlds.get('brief').accounts.deposit('dan', '5'),
    )
    const asked: Asked = {
      ...get('/v1/phota/generate', 'brief.dan'),
      method: 'POST',
      headers: { 'x-api-key': 'brief.dan', 'content-type': 'application/json' },
      body: '{"prompt":"x","response_mode":"urls"}',
    }
    const open = [await this.#open('brief', asked), await this.#open('brief', asked)]
    for (const id of ['brief', 'brief', 'default'])
      await this.#recorder.control('deleteWorld', id, (control) => control.worlds.get(id).remove())
    for (const { answer } of open) this.#recorder.note('sync', asked, await answer)
  }

  async #hangingReceiver(): Promise<void> {
    const { start, clock } = MAIN
    await this.#create({
      id: 'silent',
      seed: 'silent',
      start,
      clock,
      callback_grace: '300ms',
      fixture: 'default',
    } as NewWorld)
    const callback_url = `http://127.0.0.1:${this.#door.receiver.port}/silent`
    const body = JSON.stringify({ prompt: 'x', async: true, response_mode: 'urls', callback_url })
    const headers = { 'x-api-key': 'silent.alice', 'content-type': 'application/json' }
    await this.#ask('submit', { method: 'POST', path: '/v1/phota/generate', headers, body })
    await this.#pull({ what: 'advanceClock', given: '2m', pull: (world) => world.clock.advance('2m') }, 'silent')
    await this.#recorder.control('listDeliveries', 'silent', (control) =>
      control.worlds.get('silent').deliveries.list(),
    )
  }

  /** Under another id, where its images have other URLs. */
  async #moveWorld(): Promise<void> {
    const { control } = this.#door
    const snapshot = await this.#recorder.control(
      'takeSnapshot',
      'other',
      () => control.worlds.get('other').snapshot(),
      false,
    )
    await this.#recorder.control('deleteWorld', 'other', () => control.worlds.get('other').remove())
    await this.#recorder.control('restoreSnapshot', 'moved', () =>
      control.worlds.get('moved').restore(snapshot as ControlSnapshot),
    )
    for (const one of looks(50))
      await this.#recorder.control(one.what, one.given, () => one.pull(control.worlds.get('moved')))
  }

  async #beginAnew(): Promise<void> {
    await this.#takeEvents()
    await this.#recorder.control('resetWorld', 'main', (control) => control.worlds.get('main').reset())
    await this.#recorder.control('resetWorld', 'nowhere', (control) => control.worlds.get('nowhere').reset())
    await this.#follow()
    await this.#look(100)
  }
}

/** A request whose answer may have to wait for the clock. */
interface Open {
  readonly asked: Asked
  readonly answer: Promise<Answer>
  isOver: boolean
}

/** The events of a World, from now on. */
class Following {
  readonly #abort = new AbortController()
  readonly #seen: ControlEvent[] = []
  #more = Promise.withResolvers<void>()
  #over: Promise<void> = Promise.resolve()

  static async begin(door: Door, world: string): Promise<Following> {
    const following = new Following()
    following.#over = following.#read(door, world)
    await following.#more.promise
    return following
  }

  async #read(door: Door, world: string): Promise<void> {
    const { signal } = this.#abort
    try {
      for await (const event of door.control.worlds.get(world).events({ signal })) {
        this.#seen.push(event)
        this.#more.resolve()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Those up to this one, which are then forgotten. */
  async until(isLast: (event: ControlEvent) => boolean): Promise<ControlEvent[]> {
    for (;;) {
      const at = this.#seen.findIndex(isLast)
      if (at >= 0) return this.#seen.splice(0, at + 1)
      this.#more = Promise.withResolvers()
      await this.#more.promise
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#over
  }
}

/** A synchronous request that brought images. */
function waitedForAPicture({ kind, detail }: ControlEvent): boolean {
  return kind === 'request.answered' && /^(200|dropped) POST \/v1\/phota\/(edit|generate|enhance|remix)$/.test(detail)
}

const textOf = (value: unknown): string => JSON.stringify(value)

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
