import { defaultBaseUrl } from '../spec/index.ts'
import type { Client, Surroundings } from './play.ts'
import type { GradeResult } from './result.ts'
import { run } from './run.ts'
import { type GradeOptions, resolveOptions } from './settings.ts'

/** What a function that is graded is given. */
export interface GradeSurroundings {
  /** `http://127.0.0.1:43210/v1/phota` */
  readonly baseUrl: string
  readonly apiKey: string
  readonly webhookSecret: string
  readonly controlUrl: string
  /** Where to listen for callbacks, if `receiver` was given with `{port}`; else `null`. */
  readonly receiverPort: number | null
  /** The round's id, such as `ordinary`. */
  readonly round: string
  /** Aborted when the round is over; a client that heeds it leaves nothing behind. */
  readonly signal: AbortSignal
  /** Leads calls of the real API to this round's. Everything else is the global `fetch`. */
  readonly fetch: typeof fetch
}

/** Does the client's ordinary work: resolves when it has its pictures, and rejects when it has not. */
export type GradedFunction = (surroundings: GradeSurroundings) => Promise<unknown>

/**
 * Grades a client that is a function, once for each round. Under fake timers of vitest, waits are judged by them.
 *
 * @throws {UsageProblem} for options that cannot be
 */
export async function grade(work: GradedFunction, options: GradeOptions = {}): Promise<GradeResult> {
  const client: Client = async (surroundings) => {
    try {
      await work(surroundingsOf(surroundings))
      return { kind: 'done', text: 'it resolved', said: '' }
    } catch (error) {
      const { name = 'Error', message = String(error) } = error instanceof Error ? error : {}
      return { kind: 'failed', text: 'it rejected', said: `${name}: ${message}` }
    }
  }
  return await run(resolveOptions(options), { name: work.name || 'a function', client, clock: 'system' })
}

function surroundingsOf({ round, stage, variables, signal }: Surroundings): GradeSurroundings {
  const baseUrl = variables['PHOTA_BASE_URL'] as string
  const port = variables['PHOTA_RECEIVER_PORT']
  return {
    baseUrl,
    apiKey: stage.key,
    webhookSecret: stage.secret,
    controlUrl: variables['PHOTA_CONTROL_URL'] as string,
    receiverPort: port === undefined ? null : Number(port),
    round: round.id,
    signal,
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      if (!url.startsWith(`${defaultBaseUrl}/`)) return fetch(input, init)
      const here = baseUrl + url.slice(defaultBaseUrl.length)
      return fetch(input instanceof Request ? new Request(here, input) : here, init)
    },
  }
}
