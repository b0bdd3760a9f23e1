import type { IncomingMessage } from 'node:http'
import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { durationMs } from './duration.ts'
import { hexId } from './job.ts'
import { readBody } from './read-body.ts'
import { Refusal } from './refusal.ts'
import type { Effect, Match } from './scenario.ts'
import type { World } from './world.ts'
import type { Worlds } from './worlds.ts'

type Fields = Record<string, unknown>

interface NewAccount {
  id: string
  keys?: string[]
  deposit?: string
}

interface ClockChange {
  mode?: 'real' | 'manual'
  speed?: number
  frozen?: boolean
}

const refuse = (status: number, message: string): never => {
  throw new Refusal(status, 'CONTROL', message)
}

/** The levers of `/_mock`, as far as a contract suite needs them. */
export class Control {
  readonly #worlds: Worlds

  constructor(worlds: Worlds) {
    this.#worlds = worlds
  }

  async answer(request: IncomingMessage, url: URL): Promise<Answer> {
    try {
      if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) refuse(403, 'Loopback only.')
      const body = await readFields(request)
      const parts = url.pathname.split('/').slice(2).map(decodeURIComponent)
      return await this.#carryOut(`${request.method} ${shapeOf(parts)}`, parts, body)
    } catch (cause) {
      const status = cause instanceof Refusal ? cause.status : 400
      return json(status, { message: cause instanceof Error ? cause.message : String(cause) })
    }
  }

  async #carryOut(call: string, parts: string[], body: Fields): Promise<Answer> {
    if (call === 'GET worlds') return json(200, { worlds: this.#worlds.all().map(describeWorld) })
    if (call === 'POST worlds') return json(201, describeWorld(this.#create(body)))
    const world = this.#worlds.get(parts[1] ?? '') ?? refuse(404, `There is no World '${parts[1]}'.`)
    world.timeline.catchUp()
    switch (call) {
      case 'GET worlds/*':
        return json(200, describeWorld(world))
      case 'DELETE worlds/*':
        if (world.id === 'default') refuse(400, 'The default World stays.')
        this.#worlds.remove(world)
        return nothing()
      case 'GET worlds/*/clock':
        return json(200, describeClock(world))
      case 'PATCH worlds/*/clock':
        changeClock(world, body as ClockChange)
        return json(200, describeClock(world))
      case 'POST worlds/*/clock/advance': {
        const ms = durationMs(body['by'] as string | number)
        return json(200, await result(world, () => world.timeline.advanceTo((now) => now + ms)))
      }
      case 'POST worlds/*/clock/set': {
        const moment = momentOf(body['to'])
        if (moment < world.timeline.now) refuse(400, 'Time does not run backwards.')
        return json(200, await result(world, () => world.timeline.advanceTo(() => moment)))
      }
      case 'POST worlds/*/clock/settle':
        return json(200, { ...(await result(world, () => world.timeline.settle())), stuck: world.stuck() })
      case 'POST worlds/*/accounts':
        return json(201, describeAccount(world, this.#addAccount(world, body as unknown as NewAccount)))
      case 'POST worlds/*/scenarios':
        return json(201, { id: addScenario(world, body) })
      case 'DELETE worlds/*/scenarios/*':
        world.scenarios = world.scenarios.filter((scenario) => scenario.id !== parts[3])
        return nothing()
    }
    const account = world.accounts.get(parts[3] ?? '') ?? refuse(404, `There is no ${call}, or no such account.`)
    switch (call) {
      case 'GET worlds/*/accounts/*':
        return json(200, describeAccount(world, account))
      case 'POST worlds/*/accounts/*/deposit':
        account.deposit(microUsd(body['amount']))
        return json(200, describeAccount(world, account))
      case 'GET worlds/*/accounts/*/ledger':
        return json(200, { entries: account.entries, folded: 0 })
    }
    return refuse(404, `There is no ${call}.`)
  }

  #create(body: Fields): World {
    const id = (body['id'] as string | undefined) ?? `world-${hexId().slice(0, 8)}`
    if (this.#worlds.get(id) !== undefined) refuse(409, `The World '${id}' is there already.`)
    const duration = (name: string): number | undefined =>
      body[name] === undefined ? undefined : durationMs(body[name] as string | number)
    const accounts = (body['accounts'] as NewAccount[] | undefined) ?? []
    for (const key of accounts.flatMap((account) => account.keys ?? [])) this.#mustBeFree(key)
    const { mode, ...change } = (body['clock'] as ClockChange | undefined) ?? {}
    const world = this.#worlds.add({
      id,
      clock: mode ?? 'real',
      start: body['start'] === undefined ? this.#worlds.wall() : momentOf(body['start']),
      pendingMs: duration('pending'),
      runningMs: duration('running'),
      retentionMs: duration('retention'),
      silenceMs: duration('callback_grace'),
    })
    if (Object.keys(change).length > 0) changeClock(world, change)
    for (const account of accounts) this.#addAccount(world, account)
    return world
  }

  #addAccount(world: World, { id, keys, deposit }: NewAccount): Account {
    if (typeof id !== 'string' || id === '') refuse(400, 'An account needs an id.')
    if (world.accounts.has(id)) refuse(409, `The account '${id}' is there already.`)
    for (const key of keys ?? []) this.#mustBeFree(key)
    return world.addAccount(id, keys ?? [`${world.id}-${id}-key`], deposit === undefined ? 0 : microUsd(deposit))
  }

  #mustBeFree(key: string): void {
    if (this.#worlds.holderOf(key) !== undefined) refuse(409, 'The key is taken.')
  }
}

/** The path with ids as stars. */
function shapeOf(parts: readonly string[]): string {
  return parts.map((part, index) => (index === 1 || (index === 3 && parts[2] !== 'clock') ? '*' : part)).join('/')
}

async function readFields(request: IncomingMessage): Promise<Fields> {
  const text = String(await readBody(request))
  return text === '' ? {} : (JSON.parse(text) as Fields)
}

const nothing = (): Answer => ({ status: 204, type: null, body: '' })

function addScenario(world: World, body: Fields): string {
  const id = (body['id'] as string | undefined) ?? hexId()
  world.scenarios.push({
    id,
    match: (body['match'] as Match | undefined) ?? {},
    effect: (body['effect'] as Effect | undefined) ?? refuse(400, 'A scenario needs an effect.'),
    times: (body['times'] as number | undefined) ?? Number.POSITIVE_INFINITY,
    seen: 0,
  })
  return id
}

function changeClock(world: World, change: ClockChange): void {
  const { mode } = change
  if (mode !== undefined && mode !== 'real' && mode !== 'manual') refuse(400, `The mode '${mode}' is not known here.`)
  world.timeline.update(change)
}

/** What happened while time moved. */
async function result(world: World, move: () => Promise<void>): Promise<Fields> {
  const before = world.events.length
  await move()
  const events = world.events.slice(before)
  const counts: Record<string, number> = {}
  for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1
  return { now: instant(world), events: events.slice(0, 10_000), counts }
}

function describeClock(world: World): Fields {
  const { mode, speed, frozen } = world.timeline
  return { now: instant(world), mode, speed, frozen, open_requests: world.openRequests }
}

const instant = (world: World): string => new Date(world.timeline.now).toISOString()

const describeAccount = (world: World, account: Account): Fields => account.describe(world.hidden(account))

const describeWorld = (world: World): Fields => ({
  id: world.id,
  clock: describeClock(world),
  accounts: [...world.accounts.values()].map((account) => describeAccount(world, account)),
})

function microUsd(dollars: unknown): number {
  if (typeof dollars !== 'string' || !/^\d+(\.\d{1,6})?$/.test(dollars)) refuse(400, 'Dollars are text such as 5.00.')
  return Math.round(Number(dollars) * 1e6)
}

function momentOf(text: unknown): number {
  const moment = Date.parse(String(text))
  return Number.isNaN(moment) ? refuse(400, 'A moment is RFC 3339.') : moment
}
