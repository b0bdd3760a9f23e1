import { type Answer, type Exchange, isEnd, isRenewed, objectOf, pictureOf } from './exchange.ts'
import { paceOf } from './pace.ts'
import { realPause } from './real-time.ts'
import type { Situation, Story } from './situation.ts'

/** One run of the command, in one situation. */
export interface Round {
  /** Stable: `--rounds` names it. */
  readonly id: string
  /** The situation in a few words. */
  readonly text: string
  /** The habits that it tells something of. */
  readonly shows: readonly string[]
  readonly situation: Situation
  /** It is watched until enough was seen, or for as long as the others take: `--patience`. */
  readonly isLong?: boolean
  /** What the command has to do, for the round to tell anything. */
  readonly needs?: 'async' | 'downloads' | 'callbacks'
}

const JSON_TYPE = { 'content-type': 'application/json' }

function refusal(status: number, code: string, detail: string, headers: Record<string, string> = {}): Answer {
  const request_id = '0'.repeat(32)
  const body = Buffer.from(JSON.stringify({ code, detail, request_id }))
  return { status, headers: { ...JSON_TYPE, 'x-request-id': request_id, ...headers }, body }
}

const unavailable = (headers: Record<string, string> = {}): Answer =>
  refusal(503, 'SERVICE_UNAVAILABLE', 'The service is unavailable for a moment.', headers)
const throttled = (): Answer =>
  refusal(429, 'TOO_MANY_REQUESTS', 'Too many requests.', { 'retry-after': String(THROTTLED_S) })

/** The first submit of each intent meets something; those that follow it do not. */
function firstSubmit(asked: Exchange, story: Story): boolean {
  return asked.kind === 'submit' && story.count(`submit ${asked.intent}`) === 0
}

function nthPoll(asked: Exchange, story: Story): number {
  return asked.kind === 'poll' ? story.count(`poll ${asked.jobId}`) + 1 : 0
}

export const THROTTLED_S = 3
/** What a result is kept for in the round that looks whether it is fetched in time. */
const BRIEF_MS = 12_000

/** All rounds, in the order in which they begin: those that take long come first. */
export const rounds: readonly Round[] = [
  {
    id: 'ordinary',
    text: 'nothing goes wrong',
    shows: [
      'poll.ends',
      'poll.pace',
      'submit.once',
      'submit.own-id',
      'callback.acknowledged',
      'secret.key-at-home',
      'secret.not-in-url',
      'lenient.text',
    ],
    situation: {},
  },
  {
    id: 'twenty-minutes',
    text: 'a job takes 20 minutes',
    shows: ['poll.patient', 'submit.once'],
    needs: 'async',
    isLong: true,
    situation: { pendingMs: 1_000, runningMs: 20 * 60_000, callbacks: 'never', agoMs: 19 * 60_000 },
  },
  {
    id: 'outage',
    text: 'every submit is answered 503',
    shows: ['submit.tries-again'],
    isLong: true,
    situation: {
      before: (asked, story) => {
        if (asked.kind !== 'submit') return null
        story.note(asked, 'refused with 503, like every submit')
        return unavailable()
      },
      isSeen: ({ exchanges }) => mostSubmits(exchanges) >= MANY_SUBMITS,
    },
  },
  {
    id: 'slow-job',
    text: 'a job takes long, and nothing else',
    shows: ['poll.backs-off', 'poll.pace', 'submit.once'],
    needs: 'async',
    isLong: true,
    situation: {
      runningMs: 29 * 60_000,
      callbacks: 'never',
      isSeen: ({ exchanges }) => paceOf(exchanges).isSeen,
    },
  },
  {
    id: 'no-callback',
    text: 'the callback never comes',
    shows: ['callback.not-needed'],
    needs: 'callbacks',
    isLong: true,
    situation: { callbacks: 'never' },
  },
  {
    id: 'throttled',
    text: `polls are answered 429 and 503 with Retry-After: ${THROTTLED_S}`,
    shows: ['poll.retry-after', 'submit.once'],
    needs: 'async',
    situation: {
      before: (asked, story) => {
        const nth = nthPoll(asked, story)
        if (nth !== 1 && nth !== 2) return null
        story.note(asked, `refused with ${nth === 1 ? 429 : 503} and Retry-After`)
        return nth === 1 ? throttled() : unavailable({ 'retry-after': String(THROTTLED_S) })
      },
      callbacks: 'never',
    },
  },
  {
    id: 'throttled-submit',
    text: `the first submit is answered 429 with Retry-After: ${THROTTLED_S}`,
    shows: ['poll.retry-after', 'submit.tries-again'],
    situation: {
      before: (asked, story) => {
        if (!firstSubmit(asked, story)) return null
        story.note(asked, 'refused with 429 and Retry-After')
        return throttled()
      },
    },
  },
  {
    id: 'answer-lost',
    text: 'the connection is reset after the work was taken on',
    shows: ['submit.same-id', 'submit.own-id'],
    situation: {
      after: (asked, answer, story) => {
        if (answer.status >= 300 || !firstSubmit(asked, story)) return answer
        story.note(asked, 'the work was taken on, and the answer lost')
        return 'reset'
      },
    },
  },
  {
    id: 'unavailable',
    text: 'the first submit is answered 503',
    shows: ['submit.tries-again', 'submit.own-id'],
    situation: {
      before: (asked, story) => {
        if (!firstSubmit(asked, story)) return null
        story.note(asked, 'refused with 503')
        return unavailable()
      },
    },
  },
  {
    id: 'reset',
    text: 'the connection is reset before a job was made',
    shows: ['submit.tries-again'],
    situation: {
      before: (asked, story) => {
        if (!firstSubmit(asked, story)) return null
        story.note(asked, 'reset before a job was made')
        return 'reset'
      },
    },
  },
  { id: 'no-balance', text: 'the balance is spent: 402', shows: ['submit.not-retried'], situation: { isBroke: true } },
  {
    id: 'invalid',
    text: 'the request is refused as invalid: 422',
    shows: ['submit.not-retried'],
    situation: {
      before: (asked, story) => {
        if (asked.kind !== 'submit') return null
        story.note(asked, 'refused with 422')
        const detail = [{ loc: ['body', 'prompt'], msg: 'The prompt is not allowed here.', type: 'value_error' }]
        return { status: 422, headers: JSON_TYPE, body: Buffer.from(JSON.stringify({ detail })) }
      },
    },
  },
  {
    id: 'slow-submit',
    text: 'the answer to a submit takes four seconds',
    shows: ['submit.once'],
    situation: {
      after: async (asked, answer, story) => {
        if (!firstSubmit(asked, story)) return answer
        story.note(asked, 'the job was made, and the answer held back')
        await realPause(SLOW_SUBMIT_MS)
        return answer
      },
    },
  },
  {
    id: 'failed-job',
    text: 'every job fails',
    shows: ['failure.surfaces', 'poll.ends'],
    situation: { fail: 'GENERATION_FAILED' },
  },
  {
    id: 'job-unknown',
    text: 'from the second poll on, a job is unknown: 404',
    shows: ['poll.gone'],
    needs: 'async',
    situation: gone(404),
  },
  {
    id: 'job-gone',
    text: 'from the second poll on, a job is gone: 410',
    shows: ['poll.gone'],
    needs: 'async',
    situation: gone(410),
  },
  {
    id: 'rough-callbacks',
    text: 'callbacks come twice, late, and in reverse order',
    shows: ['callback.acknowledged'],
    needs: 'callbacks',
    situation: { callbacks: 'rough', staggerMs: 1_200 },
  },
  {
    id: 'forged-callbacks',
    text: 'forged callbacks come, and nonsense',
    shows: ['callback.verified', 'callback.signature-first', 'callback.acknowledged'],
    needs: 'callbacks',
    situation: { callbacks: 'forged', runningMs: 3_000 },
  },
  {
    id: 'refused-url',
    text: 'a download URL is refused, until the job is polled anew',
    shows: ['result.renewed'],
    needs: 'downloads',
    situation: {
      callbacks: 'never',
      before: (asked, story) => {
        if (asked.kind !== 'download' || isRenewed(asked.url)) return null
        story.note(asked, 'the URL is refused')
        return refusal(403, 'FORBIDDEN', 'The URL has expired.')
      },
    },
  },
  {
    id: 'cut-off',
    text: 'a download breaks off in the middle',
    shows: ['result.whole'],
    needs: 'downloads',
    situation: {
      after: (asked, answer, story) => {
        const isPicture = asked.kind === 'download' && asked.method === 'GET' && answer.status < 300
        if (!isPicture || story.count(`cut ${pictureOf(asked)}`) > 0) return answer
        story.note(asked, 'the second half of the picture was not sent')
        return 'cut'
      },
    },
  },
  {
    id: 'brief-results',
    text: `results expire after ${BRIEF_MS / 1_000} seconds`,
    shows: ['result.in-time'],
    needs: 'downloads',
    situation: { retentionMs: BRIEF_MS },
  },
  {
    id: 'redirected',
    text: 'polls and downloads are redirected to another host',
    shows: ['secret.key-at-home'],
    needs: 'async',
    situation: {
      after: (asked, answer, story) => {
        const isTold = asked.kind === 'poll' && story.count(`redirect ${asked.jobId}`) === 0
        const isPicture = asked.kind === 'download'
        if (!isTold && !isPicture) return answer
        story.note(asked, `redirected to ${story.elsewhere}`)
        const { pathname, search } = new URL(asked.url)
        // A key that the client puts into its query is not handed on by us.
        const location = `${story.elsewhere}${pathname}${isPicture ? search : ''}`
        return { status: isTold ? 307 : 302, headers: { location }, body: Buffer.alloc(0) }
      },
    },
  },
  {
    id: 'more-fields',
    text: 'answers have fields that nobody knows',
    shows: ['lenient.fields'],
    situation: {
      after: (asked, answer) =>
        changed(asked, answer, (body) => ({
          ...body,
          queue_position: 3,
          trace: { region: 'eu-west-1', spans: [1, null, { a: [] }] },
          ...('result' in body &&
            body['result'] !== null && { result: { ...(body['result'] as object), seeds: [1, 2], model: null } }),
        })),
    },
  },
  {
    id: 'absent-members',
    text: 'what is null may be absent, and known_subjects is empty',
    shows: ['lenient.fields'],
    situation: {
      after: (asked, answer) =>
        changed(asked, answer, (body) => ({
          ...Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)),
          ...(isEnd(body['status']) &&
            body['result'] !== null && {
              result: { ...(body['result'] as object), known_subjects: {} },
            }),
        })),
    },
  },
  {
    id: 'other-times',
    text: 'timestamps have other offsets and precisions',
    shows: ['lenient.fields'],
    situation: {
      after: (asked, answer) =>
        changed(asked, answer, (body) => ({
          ...body,
          ...(typeof body['created_at'] === 'string' && { created_at: withOffset(body['created_at']) }),
          ...(typeof body['completed_at'] === 'string' && { completed_at: precise(body['completed_at']) }),
        })),
    },
  },
]

export const SLOW_SUBMIT_MS = 4_000
/** So many submits of one intent have no bound that anybody could call one. */
export const MANY_SUBMITS = 15

function gone(status: 404 | 410): Situation {
  const [code, detail] =
    status === 404 ? ['NOT_FOUND', 'There is no such job.'] : ['JOB_EXPIRED', 'The job has expired, and is gone.']
  return {
    runningMs: 29 * 60_000,
    callbacks: 'never',
    before: (asked, story) => {
      if (nthPoll(asked, story) < 2) return null
      story.note(asked, `refused with ${status}`)
      return refusal(status, code as string, detail as string)
    },
  }
}

function changed({ kind }: Exchange, answer: Answer, change: (body: Record<string, unknown>) => object): Answer {
  const body = objectOf(answer.body)
  if (body === null || answer.status >= 300 || (kind !== 'poll' && kind !== 'submit')) return answer
  return { ...answer, body: Buffer.from(JSON.stringify(change(body))) }
}

/** The same moment, by a clock that is two hours ahead. */
function withOffset(timestamp: string): string {
  return `${new Date(Date.parse(timestamp) + 2 * 3_600_000).toISOString().slice(0, 19)}+02:00`
}

function precise(timestamp: string): string {
  return `${new Date(timestamp).toISOString().slice(0, 19)}.123456Z`
}

function mostSubmits(exchanges: readonly Exchange[]): number {
  const groups = Map.groupBy(exchanges, ({ kind, intent }) => (kind === 'submit' ? intent : null))
  return Math.max(0, ...[...groups].map(([intent, group]) => (intent === null ? 0 : group.length)))
}
