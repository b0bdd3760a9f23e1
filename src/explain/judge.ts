import { basePath } from '../spec/index.ts'
import { Accounts, KEY_HEADER, labelOf } from './accounts.ts'
import { apiCallOf, isImageOperation } from './api-call.ts'
import { Book } from './book.ts'
import { isCallback, judgeCallback } from './callback.ts'
import type { Exchange, Recording } from './exchange.ts'
import { type Finding, Findings } from './finding.ts'
import { noteHabits } from './habits.ts'
import { type History, Order } from './history.ts'
import { Moments, originOf } from './moments.ts'
import { judgePoll } from './poll.ts'
import { judgeDownload } from './result.ts'
import type { Asked, Scene } from './scene.ts'
import { judgeSecret } from './secret.ts'
import { judgeSubmit } from './submit.ts'

export interface JudgeOptions {
  /** What the operations' paths follow. @default '/v1/phota' */
  readonly base?: string
  /** How long the implementation keeps results. @default 24 h */
  readonly retentionMs?: number
  /** Webhook secrets, to check signatures of accounts whose secret the history does not show. */
  readonly secrets?: readonly string[]
  /** Each API key is of an account of its own. @default false: two keys may be of one account */
  readonly keyPerAccount?: boolean
  /** Time passed for every server as for the recorder, on loopback hosts too. @default false */
  readonly isWallClock?: boolean
}

const DAY_MS = 24 * 3_600_000

/**
 * Decides, exchange by exchange, what an implementation that keeps the rules can have answered.
 *
 * Exchanges are to be seen in the order in which their answers came. It never says `impossible` of what the API leaves
 * open.
 */
export class Judge {
  readonly findings: Findings
  /** Operation, `callback` or `download`, by exchange. */
  readonly kinds: Map<number, string> = new Map()
  readonly #scene: Scene
  readonly #base: string
  #asked = 0

  /**
   * @param recordings whose exchanges it will see
   * @param tell hears of each finding when it is made
   */
  constructor(
    recordings: readonly Recording[],
    {
      base = basePath,
      retentionMs = DAY_MS,
      secrets = [],
      keyPerAccount = false,
      isWallClock = false,
      showsKeys = () => true,
      tell,
    }: JudgeOptions & { showsKeys?: (exchange: Exchange) => boolean; tell?: (finding: Finding) => void } = {},
  ) {
    this.#base = base
    this.findings = new Findings(tell)
    const order = new Order(recordings)
    this.#scene = {
      findings: this.findings,
      book: new Book(),
      accounts: new Accounts(keyPerAccount),
      order,
      moments: new Moments(order, { retentionMs, isWallClock }),
      secrets,
      showsKeys,
    }
  }

  /** How many exchanges were with the API, callbacks and downloads included. */
  get asked(): number {
    return this.#asked
  }

  see(exchange: Exchange): void {
    const kind = this.#judge(exchange)
    if (kind === null) return
    this.#asked += 1
    if (this.kinds.size < 100_000) this.kinds.set(exchange.id, kind)
  }

  /** At the end of the history: what it has not shown. */
  end(): void {
    const { findings, book } = this.#scene
    for (const job of book.jobs()) {
      const [submit] = job.submits
      const last = job.lastPoll
      if (!submit && job.first !== null) {
        findings.untold('poll.operation', job.first.exchange, {
          expected: 'what its submit asked for, and so what its result must be',
          seen: `job ${job.id} was submitted before the recording, or elsewhere`,
          about: job.id,
        })
      }
      if (submit && job.terminal === null && job.gone === null && job.callbacks.length === 0) {
        findings.untold('poll.succeeded', last ?? submit.exchange, {
          expected: 'how the job ended',
          seen: last === null ? `nobody polled job ${job.id}` : `the recording ends before job ${job.id} did`,
          about: job.id,
        })
      }
      if (submit?.request?.['callback_url'] != null && job.terminal !== null && job.callbacks.length === 0) {
        findings.untold('callback.delivered', submit.exchange, {
          expected: 'whether its callback came',
          seen: 'no callback is in the recording; give the receiver’s recording too',
          about: 'callbacks',
        })
      }
    }
  }

  /** @returns what the exchange was; `null` if it is none of the API's */
  #judge(exchange: Exchange): string | null {
    const scene = this.#scene
    const { pathname } = new URL(exchange.url)
    const isControl = pathname.startsWith('/_mock/') && exchange.status !== null && exchange.status < 300
    if (isControl) scene.moments.noteControl(originOf(exchange))
    const call = apiCallOf(exchange, this.#base)
    if (call !== null) {
      const asked: Asked = { ...call, exchange }
      if (judgeKey(asked, scene)) judgeOperation(asked, scene)
      noteHabits(asked, scene)
      return call.operation
    }
    if (isCallback(exchange, scene)) {
      judgeCallback(exchange, scene)
      return 'callback'
    }
    const handed = scene.book.handedOut(exchange.url)
    if (handed.length === 0) return null
    judgeDownload(exchange, handed, scene)
    return 'download'
  }
}

function judgeOperation(asked: Asked, scene: Scene): void {
  const { operation } = asked
  if (isImageOperation(operation)) judgeSubmit({ ...asked, operation }, scene)
  else if (operation === 'getJob') judgePoll(asked, scene)
  else if (operation === 'getWebhookSecret') judgeSecret(asked, scene)
}

/** @returns false if it was answered without a key, so that nothing follows from it */
function judgeKey({ exchange, operation }: Asked, { findings, showsKeys }: Scene): boolean {
  const { status, requestHeaders } = exchange
  const isAnswered = status !== null && status >= 200 && status < 300
  if (!isAnswered || requestHeaders.has(KEY_HEADER)) {
    if (status === 401 || status === 403) findings.hold('submit.auth', exchange, true, { expected: '', seen: '' })
    return true
  }
  const expected = 'a refusal of a request without `X-API-Key`'
  // Some recorders leave out what holds secrets.
  if (!showsKeys(exchange) || requestHeaders.has('authorization') || labelOf(exchange) !== null) {
    const seen = 'no request in the recording has such a header'
    findings.untold('submit.auth', exchange, { expected: 'whether it had a key', seen, about: 'keys' })
    return true
  }
  return findings.hold('submit.auth', exchange, false, { expected, seen: `${status}`, about: operation })
}

/** Judges a whole history. */
export function judgeHistory({ recordings, exchanges }: History, options: JudgeOptions = {}): Judge {
  const withKeys = new Set(
    exchanges.flatMap(({ recording, requestHeaders }) => (requestHeaders.has(KEY_HEADER) ? recording : [])),
  )
  const judge = new Judge(recordings, { ...options, showsKeys: ({ recording }) => withKeys.has(recording) })
  for (const exchange of new Order(recordings).byEnd(exchanges)) judge.see(exchange)
  judge.end()
  return judge
}
