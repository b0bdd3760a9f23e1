import fc from 'fast-check'
import type { Control, WorldControl } from '../../src/control/index.ts'
import type { ControlSnapshot } from '../../src/spec/control/index.ts'
import { ASYNC } from './target.ts'

const DAY_MS = 86_400_000
const LIMIT_MS = 1_800_000
const PRICE = 90_000
const START_MS = Date.parse('2026-06-22T12:00:00Z')
const OWNERS = ['alice', 'bob'] as const
const who = fc.constantFrom(...OWNERS)

export type Command =
  | {
      do: 'submit'
      who: string
      key: string | null
      outputs: number
      pendingMs: number
      runningMs: number
      fails: boolean
      fault: string | null
    }
  | { do: 'poll'; who: string; job: number }
  | { do: 'advance'; byMs: number }
  | { do: 'deposit'; who: string; cents: number }
  | { do: 'fail'; job: number }
  | { do: 'snapshot' | 'restore' | 'reset' }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      who,
      key: fc.constantFrom(null, 'a', 'b'),
      outputs: fc.integer({ min: 1, max: 4 }),
      pendingMs: fc.constantFrom(0, 1, 1000, 2000, 1_800_000),
      runningMs: fc.constantFrom(0, 1, 999, 16_000, 1_799_999),
      fails: fc.boolean(),
      fault: fc.constantFrom(
        null,
        null,
        null,
        'fault=503; when=before',
        'fault=503; when=after',
        'fault=drop; when=after',
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('poll' as const), who, job: fc.nat({ max: 8 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      byMs: fc.oneof(fc.constantFrom(0, 1, 999, 2000, 16_000, LIMIT_MS, DAY_MS - 1, DAY_MS), fc.nat({ max: 20_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('deposit' as const), who, cents: fc.integer({ min: 1, max: 99 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), job: fc.nat({ max: 8 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('snapshot' as const, 'restore' as const, 'reset' as const) }),
  },
)
export const commands: fc.Arbitrary<Command[]> = fc.array(command, { minLength: 1, maxLength: 25, size: 'max' })

interface Job {
  id: string
  who: string
  key: string | null
  startsMs: number
  endsMs: number
  fails: boolean
  price: number
}

interface State {
  nowMs: number
  deposited: Record<string, number>
  jobs: Job[]
}

const BEGINNING: State = { nowMs: START_MS, deposited: { alice: 1_000_000, bob: 300_000 }, jobs: [] }

/** What a World of two accounts must answer, kept without looking at the engine. */
class Model {
  state: State = structuredClone(BEGINNING)

  expiresMs({ endsMs }: Job): number {
    return Math.floor(endsMs / 1000) * 1000 + DAY_MS
  }

  status({ startsMs, endsMs, fails }: Job): string {
    if (this.state.nowMs >= endsMs) return fails ? 'failed' : 'succeeded'
    return this.state.nowMs >= startsMs ? 'running' : 'pending'
  }

  balance(who: string): Record<string, number> {
    const own = this.state.jobs.filter((job) => job.who === who)
    const sum = (jobs: Job[]): number => jobs.reduce((total, { price }) => total + price, 0)
    const reserved = sum(own.filter(({ endsMs }) => endsMs > this.state.nowMs))
    const spent = sum(own.filter(({ endsMs, fails }) => endsMs <= this.state.nowMs && !fails))
    const deposited = this.state.deposited[who] ?? 0
    return { deposited, available: deposited - reserved - spent, reserved, spent }
  }

  known(who: string, key: string | null): Job | undefined {
    const isKnown = (job: Job): boolean => job.who === who && job.key === key && this.state.nowMs < this.expiresMs(job)
    return key === null ? undefined : this.state.jobs.find(isKnown)
  }
}

/** A World with two accounts, behind either door. */
export async function openWorld(control: Control): Promise<WorldControl> {
  return control.worlds.create({
    id: 'model',
    seed: 'model',
    start: new Date(START_MS).toISOString(),
    clock: { mode: 'manual' },
    accounts: OWNERS.map((id) => ({
      id,
      keys: [`${id}-key`],
      deposit: ((BEGINNING.deposited[id] as number) / 1e6).toFixed(2),
    })),
  })
}

/**
 * Does all commands, and holds every answer against the model.
 *
 * @returns all answers, which must be the same behind both doors
 * @throws for the first that is otherwise
 */
export async function play(control: Control, world: WorldControl, commands: readonly Command[]): Promise<string[]> {
  const model = new Model()
  const seen: string[] = []
  let kept: { snapshot: ControlSnapshot; state: State } | undefined
  const ask = async (method: string, path: string, who: string, body?: object, scenario?: string) => {
    const headers = {
      'X-API-Key': `${who}-key`,
      'Content-Type': 'application/json',
      ...(scenario && { 'X-Mock-Scenario': scenario }),
    }
    try {
      const response = await control.fetch(control.baseUrl + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      seen.push(`${method} ${path} ${response.status} ${text.replace(/https?:\/\/[^/]+/g, 'origin')}`)
      return { status: response.status, body: JSON.parse(text) }
    } catch {
      seen.push(`${method} ${path} dropped`)
      return { status: 0, body: null }
    }
  }
  for (const [i, command] of commands.entries()) {
    const expect = (what: string, received: unknown, expected: unknown): void => {
      if (JSON.stringify(received) === JSON.stringify(expected)) return
      throw new Error(
        `${what}\ncommand ${i + 1}: expected ${JSON.stringify(expected)}, received ${JSON.stringify(received)}`,
      )
    }
    const { state } = model
    switch (command.do) {
      case 'submit': {
        const { who, key, outputs, pendingMs, runningMs, fails, fault } = command
        const body = {
          prompt: 'a lighthouse',
          num_output_images: outputs,
          ...ASYNC,
          ...(key !== null && { client_request_id: key }),
        }
        const course = `pending=${pendingMs}ms; running=${runningMs}ms${fails ? '; fail=GENERATION_FAILED' : ''}`
        // A fault stands alone in a header, so that a job that it hides takes its usual course.
        const told = await ask('POST', '/generate', who, body, fault ?? course)
        if (fault?.includes('before')) {
          expect('a fault before the commit is answered', told.status, 503)
          break
        }
        const known = model.known(who, key)
        const price = PRICE * outputs
        const isPaid = known !== undefined || price <= (model.balance(who)['available'] as number)
        const status = fault === null ? (isPaid ? 202 : 402) : fault.includes('drop') ? 0 : 503
        expect(isPaid ? 'a submit is answered' : 'a submit without money is answered', told.status, status)
        if (!isPaid) break
        if (known) {
          if (status === 202) expect('a replay gives the same job', told.body.job_id, known.id)
          break
        }
        const id = told.body?.job_id ?? (await world.jobs.list()).at(-1)?.job_id
        const [waits, runs] = fault === null ? [pendingMs, runningMs] : [2000, 16_000]
        const isLate = waits + runs > LIMIT_MS
        state.jobs.push({
          id,
          who,
          key,
          startsMs: state.nowMs + waits,
          endsMs: state.nowMs + Math.min(waits + runs, LIMIT_MS),
          fails: isLate || (fault === null && fails),
          price,
        })
        break
      }
      case 'poll': {
        const job = state.jobs[command.job]
        const { status, body } = await ask('GET', `/jobs/${job?.id ?? '0'.repeat(32)}`, command.who)
        const isOwn = job?.who === command.who
        if (!job || !isOwn) expect('the poll of an unknown or foreign job is answered', status, 404)
        else if (state.nowMs >= model.expiresMs(job)) expect('the poll of an expired job is answered', status, 410)
        else expect('a poll tells', [status, body?.status], [200, model.status(job)])
        break
      }
      case 'advance':
        await world.clock.advance(command.byMs)
        state.nowMs += command.byMs
        break
      case 'deposit':
        await world.accounts.deposit(command.who, (command.cents / 100).toFixed(2))
        state.deposited[command.who] = (state.deposited[command.who] ?? 0) + command.cents * 10_000
        break
      case 'fail': {
        const job = state.jobs[command.job]
        if (!job || job.endsMs <= state.nowMs) break
        await world.jobs.fail(job.id, { code: 'INTERNAL' })
        Object.assign(job, { endsMs: state.nowMs, startsMs: Math.min(job.startsMs, state.nowMs), fails: true })
        break
      }
      case 'snapshot':
        kept = { snapshot: await world.snapshot(), state: structuredClone(state) }
        break
      case 'restore':
        if (kept) await world.restore(kept.snapshot)
        if (kept) model.state = structuredClone(kept.state)
        break
      case 'reset':
        await world.reset()
        model.state = structuredClone(BEGINNING)
    }
    for (const id of OWNERS) {
      const account = await world.accounts.get(id)
      const {
        deposited_micro_usd: deposited,
        available_micro_usd: available,
        reserved_micro_usd: reserved,
        spent_micro_usd: spent,
      } = account
      expect(`after ${command.do}, the balance is`, { deposited, available, reserved, spent }, model.balance(id))
    }
  }
  return seen
}
