import { ControlFailure, type WorldControl } from '../control/index.ts'
import type { ControlAccount } from '../spec/control/index.ts'
import type { JobOperation, JobStatus } from '../spec/index.ts'
import { type Exchange, fieldOf, jsonOf } from './http/exchange.ts'
import { asyncBody, type ImageBody } from './requests.ts'
import type { Caller } from './target.ts'
import { seenStatus } from './trial.ts'
import { CannotJudge, NotTried } from './verdict.ts'

/** A job that was accepted. */
export interface Submitted {
  readonly exchange: Exchange
  readonly jobId: string
  /** The answer came only when the clock was moved: it was not at once. */
  readonly wasHeldOpen: boolean
}

/** An account's balance. Micro-dollars. */
export interface Balance {
  readonly deposited: number
  readonly available: number
  readonly reserved: number
  readonly spent: number
}

const HOUR_MS = 3_600_000
/** Polls of a job that takes long come further apart, up to this, so that a run does not keep thousands of them. */
const SLOWEST_POLL_MS = 3_000
/**
 * What is overtaken by so many other answers, and for so long, waits for the clock, whatever the count of open requests
 * says.
 */
const OVERTAKEN = { answers: 40, ms: 1_000 }
/** When to look whether a request waits for the clock, in ms: soon if it must, else once its answer is late. */
const FIRST_LOOK_MS = { synchronous: 5, other: 40 }
const NEXT_LOOK_MS = 20

/** Where a case plays: who asks, and what can be done to time and money. */
export class Scene {
  readonly alice: Caller
  /** Another account. */
  readonly bob: Caller | null
  /** An account without money. */
  readonly broke: Caller | null
  /** Its levers; `null` without a control API. */
  readonly world: WorldControl | null
  /** Whether the implementation has profiles at all. */
  readonly hasProfiles: () => Promise<boolean>
  readonly #pollIntervalMs: number

  constructor(
    callers: { alice: Caller; bob: Caller | null; broke: Caller | null },
    pollIntervalMs: number,
    hasProfiles: () => Promise<boolean>,
  ) {
    this.alice = callers.alice
    this.bob = callers.bob
    this.broke = callers.broke
    this.world = callers.alice.world
    this.#pollIntervalMs = pollIntervalMs
    this.hasProfiles = hasProfiles
  }

  /** The other account, for a case that needs one. */
  get other(): Caller {
    return this.bob ?? missing('a key of a second account')
  }

  /** Its levers, for a case that needs them. */
  get levers(): WorldControl {
    return this.world ?? missing('a control API')
  }

  /**
   * Sends a request whose answer may need the clock to move, and moves it if it can.
   *
   * @param isSynchronous the request must wait for its work
   * @returns `wasHeldOpen`: the answer came only when it had moved
   */
  async request(call: Promise<Exchange>, isSynchronous = false): Promise<{ exchange: Exchange; wasHeldOpen: boolean }> {
    const { world } = this
    const { deadline } = this.alice
    if (world === null) return { exchange: await call, wasHeldOpen: false }
    let isAnswered = false
    const answered = call.finally(() => {
      isAnswered = true
    })
    // Awaited below; until then nobody is told of its failure.
    const settled = answered.catch(() => undefined)
    const begun = performance.now()
    let wasHeldOpen = false
    await Promise.race([settled, deadline.sleep(isSynchronous ? FIRST_LOOK_MS.synchronous : FIRST_LOOK_MS.other)])
    for (let answers = 1; !isAnswered; answers++) {
      const { open_requests: open } = await world.clock.read()
      // It may have been answered while we asked; moving the clock now would move what is being looked at.
      if (isAnswered) break
      if (open > 0 || (answers > OVERTAKEN.answers && performance.now() - begun > OVERTAKEN.ms)) {
        wasHeldOpen = true
        await world.clock.settle()
      }
      await Promise.race([settled, deadline.sleep(NEXT_LOOK_MS)])
    }
    return { exchange: await answered, wasHeldOpen }
  }

  /** A synchronous image request, to its end. */
  async synchronous(caller: Caller, operation: JobOperation, body: ImageBody): Promise<Exchange> {
    const call = caller.call(operation, { body, timeoutMs: caller.jobTimeoutMs })
    return (await this.request(call, true)).exchange
  }

  /** Asks for a job, and takes whatever answer there is. */
  async ask(caller: Caller, operation: JobOperation, more: ImageBody = {}, isChoice = false): Promise<Exchange> {
    return (await this.request(caller.call(operation, { body: asyncBody(operation, more), isChoice }))).exchange
  }

  /**
   * A job, for a case that is about something else.
   *
   * @throws {CannotJudge} if none was made
   */
  async submit(caller: Caller, operation: JobOperation, more: ImageBody = {}): Promise<Submitted> {
    const body = asyncBody(operation, more)
    const call = caller.call(operation, { body, timeoutMs: caller.jobTimeoutMs })
    const { exchange, wasHeldOpen } = await this.request(call)
    return { exchange, jobId: jobIdOf(exchange, more), wasHeldOpen }
  }

  /**
   * Polls until the job has ended.
   *
   * @returns every poll, the terminal one last
   * @throws {CannotJudge} if it does not end in time
   */
  async finish(caller: Caller, jobId: string): Promise<Exchange[]> {
    await this.world?.clock.settle()
    const polls: Exchange[] = []
    const deadline = performance.now() + caller.jobTimeoutMs
    let intervalMs = this.#pollIntervalMs
    for (let waitsForClock = 0; ; ) {
      const poll = await caller.poll(jobId)
      polls.push(poll)
      if (isTerminal(poll)) return polls
      if (poll.status !== 200) throw new CannotJudge(`polling the job was answered ${seenStatus(poll)}`)
      if (this.world !== null && waitsForClock++ < 3) await this.world.clock.advance(HOUR_MS)
      else if (this.world !== null || performance.now() > deadline) {
        throw new CannotJudge(
          `the job did not end in time: it is ${String(statusOf(poll))} ` +
            (this.world === null
              ? `after ${caller.jobTimeoutMs / 1000} s (--job-timeout)`
              : 'three hours of its clock later'),
        )
      } else await this.alice.deadline.sleep(intervalMs)
      intervalMs = Math.max(intervalMs, Math.min(intervalMs * 1.1, SLOWEST_POLL_MS))
    }
  }

  /** Lets time go by: by the clock if there is one, else by waiting. */
  async pass(ms: number): Promise<void> {
    if (this.world === null) await this.alice.deadline.sleep(ms)
    else await this.world.clock.advance(ms)
  }

  /** @throws {NotTried} without a control API */
  async balance(caller: Caller = this.alice): Promise<Balance> {
    const account = await this.levers.accounts.get(accountOf(caller))
    return balanceOf(account)
  }

  async deposit(caller: Caller, dollars: string): Promise<void> {
    await this.levers.accounts.deposit(accountOf(caller), dollars)
  }
}

export function balanceOf(account: ControlAccount): Balance {
  return {
    deposited: account.deposited_micro_usd,
    available: account.available_micro_usd,
    reserved: account.reserved_micro_usd,
    spent: account.spent_micro_usd,
  }
}

export function statusOf(poll: Exchange): JobStatus | undefined {
  return fieldOf(jsonOf(poll), 'status') as JobStatus | undefined
}

export function isTerminal(poll: Exchange): boolean {
  const status = statusOf(poll)
  return poll.status === 200 && (status === 'succeeded' || status === 'failed')
}

/** @throws {CannotJudge} if the answer is no handle of a job */
export function jobIdOf(exchange: Exchange, body: ImageBody = {}): string {
  const jobId = fieldOf(jsonOf(exchange), 'job_id')
  if (exchange.status < 300 && typeof jobId === 'string' && jobId !== '') return jobId
  const callbackUrl = body['callback_url']
  if (exchange.status === 422 && typeof callbackUrl === 'string' && callbackUrl.startsWith('http:')) {
    throw new NotTried('the implementation refuses http callback URLs, and wants an https --public-url')
  }
  throw new CannotJudge(
    `no job was made: ${exchange.method} ${new URL(exchange.url).pathname} was answered ${seenStatus(exchange)}`,
  )
}

/** What the control API said no to is a matter of the control API, not of the rule. */
export function sayWhy(error: unknown): string | null {
  if (error instanceof ControlFailure) return `the control API did not do as asked: ${error.message}`
  return null
}

function accountOf(caller: Caller): string {
  return caller.identity.account ?? missing('a control API')
}

function missing(what: string): never {
  throw new NotTried(`it needs ${what}`)
}
