import type { ClockMode } from '../drive/clock-mode.ts'
import type { Exchange } from './exchange.ts'
import { afterReal, realPause } from './real-time.ts'
import { receiverFor } from './receiver-url.ts'
import type { Round } from './rounds.ts'
import type { Job } from './situation.ts'
import { Stage } from './stage.ts'

/** How a client ended. */
export interface Ending {
  /**
   * - `done`: it says that it got its pictures: exit code 0, a promise that is kept
   * - `failed`: it says that it did not
   * - `stopped`: it was stopped, because enough was seen or its time was over
   */
  readonly kind: 'done' | 'failed' | 'stopped'
  /** `exit code 1`, `it threw Error: …`, `it still ran after 30 s`. */
  readonly text: string
  /** What it said last, on its standard error. */
  readonly said: string
}

/** What a client is given to run in one round. */
export interface Surroundings {
  readonly round: Round
  readonly stage: Stage
  readonly variables: Readonly<Record<string, string>>
  /** Aborted when it has to stop. */
  readonly signal: AbortSignal
}

/** Runs the client once. A client that is stopped resolves, too. */
export type Client = (surroundings: Surroundings) => Promise<Omit<Ending, 'kind'> & { kind: 'done' | 'failed' }>

/** What one round has shown. */
export interface Played {
  readonly round: Round
  readonly exchanges: readonly Exchange[]
  readonly jobs: ReadonlyMap<string, Job>
  readonly ending: Ending
  readonly startedMs: number
  readonly endedMs: number
  readonly key: string
  readonly secret: string
  readonly elsewhere: string
}

export interface PlayOptions {
  readonly client: Client
  readonly clock: ClockMode
  readonly receiver: string | null
  /** Real time until the client is stopped. */
  readonly limitMs: number
  readonly nextId: () => number
  /** How long downloads wait for callbacks, so that the client is still there to take them, ms. */
  readonly holdMs: number
  readonly signal?: AbortSignal | undefined
}

/** How often it is looked whether enough was seen. */
const LOOK_MS = 50
/** More tells nothing new. */
const MOST_EXCHANGES = 2_000
/** A client that was told to stop, and does not, is left behind. */
const GRACE_MS = 3_000

/** Lets the client run in the situation of one round, and keeps what it said and how it ended. */
export async function play(round: Round, options: PlayOptions): Promise<Played> {
  const { client, clock, receiver, limitMs, nextId, signal, holdMs } = options
  const { url: receiverUrl, port } = await receiverFor(receiver)
  const stage = await Stage.open({ situation: round.situation, clock, receiver: receiverUrl, nextId, holdMs })
  const stop = new AbortController()
  const startedMs = Date.now()
  let why: string | null = null
  const stopNow = (reason: string): void => {
    why ??= reason
    stop.abort()
  }
  const cancel = afterReal(limitMs, () => stopNow(`it still ran after ${Math.round(limitMs / 1_000)} s`))
  const giveUp = (): void => stopNow('the run was interrupted')
  signal?.addEventListener('abort', giveUp)
  const watch = watching(() => {
    if (round.situation.isSeen?.(stage)) stopNow('enough was seen')
    if (stage.exchanges.length >= MOST_EXCHANGES) stopNow(`it asked ${MOST_EXCHANGES} times`)
  })
  try {
    const variables = { ...stage.variables(), ...(port !== null && { PHOTA_RECEIVER_PORT: port }) }
    const running = client({ round, stage, variables, signal: stop.signal })
    const ended = await Promise.race([running, leftBehind(stop.signal)])
    const ending: Ending = why !== null || ended === null ? stopped(why, ended) : ended
    const endedMs = Date.now()
    return {
      round,
      exchanges: [...stage.exchanges],
      jobs: stage.jobs,
      ending,
      startedMs,
      endedMs,
      key: stage.key,
      secret: stage.secret,
      elsewhere: stage.elsewhere,
    }
  } finally {
    watch.stop()
    cancel()
    signal?.removeEventListener('abort', giveUp)
    await stage.close()
  }
}

function stopped(why: string | null, ended: Omit<Ending, 'kind'> | null): Ending {
  return { kind: 'stopped', text: why ?? 'it was stopped', said: ended?.said ?? '' }
}

/** Resolves a while after the client was told to stop. */
async function leftBehind(signal: AbortSignal): Promise<null> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await realPause(GRACE_MS)
  return null
}

function watching(look: () => void): { stop: () => void } {
  let cancel = afterReal(LOOK_MS, again)
  function again(): void {
    look()
    cancel = afterReal(LOOK_MS, again)
  }
  return { stop: () => cancel() }
}
