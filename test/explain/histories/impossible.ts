import type { Draft } from './draft.ts'
import { ALICE, at, BOB, done, HOOK, handle, JOBS, job, SECRETS } from './lawful.ts'

/** A lawful history in which one step was made impossible. */
export interface Impossible {
  readonly name: string
  readonly rule: string
  /** The name of the exchange that shows it. */
  readonly shows: string
  edit(history: Edit): void
}

/** Changes of a history, by the names of its exchanges. */
export class Edit {
  readonly drafts: Draft[]

  constructor(drafts: Draft[]) {
    this.drafts = drafts
  }

  set(name: string, change: Partial<Draft>): void {
    Object.assign(this.find(name), change)
  }

  /** Changes fields of a JSON answer, or of what the callback sends. */
  say(name: string, change: object): void {
    const draft = this.find(name)
    draft.answer = { ...(draft.answer as object), ...change }
  }

  call(name: string, change: object): void {
    const draft = this.find(name)
    draft.body = { ...(draft.body as object), ...change }
  }

  ask(name: string, change: object): void {
    this.call(name, change)
  }

  without(name: string, field: string): void {
    const { [field]: _, ...rest } = this.find(name).answer as Record<string, unknown>
    this.set(name, { answer: rest })
  }

  remove(...names: string[]): void {
    for (const name of names) this.drafts.splice(this.drafts.indexOf(this.find(name)), 1)
  }

  /** A copy, after another one. */
  add(name: string, of: string, atSeconds: number, change: Partial<Draft> = {}): void {
    this.drafts.push({ ...this.find(of), name, atMs: atSeconds * 1_000, ...change })
  }

  find(name: string): Draft {
    const found = this.drafts.find((draft) => draft.name === name)
    if (!found) throw new Error(`the history has no exchange "${name}"`)
    return found
  }
}

const result = done().result as Record<string, unknown>
const NOT_FOUND = { status: 404, answer: { code: 'NOT_FOUND', detail: 'No such job.' } }

export const impossible: readonly Impossible[] = [
  {
    name: 'status steps back from running to pending',
    rule: 'poll.monotonic',
    shows: 'running still',
    edit: (history) => history.say('running still', { status: 'pending' }),
  },
  {
    name: 'an ended job runs again',
    rule: 'poll.monotonic',
    shows: 'succeeded again',
    edit: (history) => history.set('succeeded again', { answer: job(JOBS.edit, 'running', 'edit', 2) }),
  },
  {
    name: 'a failed job has succeeded after all',
    rule: 'poll.monotonic',
    shows: 'failed again',
    edit: (history) =>
      history.say('failed again', {
        status: 'succeeded',
        error: null,
        result: { images: [], download_urls: ['https://cdn.example/1.jpg?token=1'], known_subjects: { counts: {} } },
      }),
  },
  {
    name: 'an ended job has another end',
    rule: 'poll.monotonic',
    shows: 'succeeded again',
    edit: (history) => history.say('succeeded again', { completed_at: at(21) }),
  },
  {
    name: 'the failure of a failed job changes',
    rule: 'poll.monotonic',
    shows: 'failed again',
    edit: (history) => history.say('failed again', { error: { code: 'TIMEOUT', message: 'Too slow.' } }),
  },
  {
    name: 'created_at moves',
    rule: 'poll.monotonic',
    shows: 'running',
    edit: (history) => history.say('running', { created_at: at(3) }),
  },
  {
    name: '410 an hour before its time',
    rule: 'poll.retained',
    shows: 'next day',
    edit: (history) => history.set('next day', { status: 410, answer: { code: 'JOB_EXPIRED' } }),
  },
  {
    name: '404 for the owner of a live job',
    rule: 'poll.retained',
    shows: 'running',
    edit: (history) => history.set('running', NOT_FOUND),
  },
  {
    name: '404 right after the submit',
    rule: 'poll.retained',
    shows: 'pending',
    edit: (history) => history.set('pending', NOT_FOUND),
  },
  {
    name: '200 an hour after its time',
    rule: 'poll.expired',
    shows: 'expired',
    edit: (history) => {
      history.set('expired', { status: 200, answer: done() })
    },
  },
  {
    name: '200 after a 410',
    rule: 'poll.expired',
    shows: 'expired again',
    edit: (history) => history.set('expired again', { status: 200, answer: done() }),
  },
  {
    name: '404 after a 410',
    rule: 'poll.expired',
    shows: 'expired again',
    edit: (history) => history.set('expired again', NOT_FOUND),
  },
  {
    name: 'another account sees the job',
    rule: 'poll.scoped',
    shows: 'bob’s poll',
    edit: (history) => history.set('bob’s poll', { status: 200, answer: job(JOBS.edit, 'running', 'edit', 2) }),
  },
  {
    name: 'another account learns that the job has expired',
    rule: 'poll.expired-scoped',
    shows: 'bob’s late poll',
    edit: (history) => history.set('bob’s late poll', { status: 410, answer: { code: 'JOB_EXPIRED' } }),
  },
  {
    name: 'a replay makes a second job',
    rule: 'idem.same-job',
    shows: 'replay',
    edit: (history) => {
      history.set('replay', { answer: handle(JOBS.again) })
      history.remove('after expiry')
    },
  },
  {
    name: 'two submits at once with one client_request_id make two jobs',
    rule: 'idem.parallel',
    shows: 'replay',
    edit: (history) => {
      history.set('replay', { atMs: 2_050, tookMs: 300, answer: handle(JOBS.again) })
      history.remove('after expiry')
    },
  },
  {
    name: 'a replay after the end makes a second job',
    rule: 'idem.after-terminal',
    shows: 'late replay',
    edit: (history) => {
      history.set('late replay', { answer: handle(JOBS.again) })
      history.remove('after expiry')
    },
  },
  {
    name: 'a replay is refused for lack of money',
    rule: 'idem.broke-replay',
    shows: 'late replay',
    edit: (history) => history.set('late replay', { status: 402, answer: { code: 'INSUFFICIENT_BALANCE' } }),
  },
  {
    name: 'a replay is refused as a conflict',
    rule: 'idem.same-job',
    shows: 'late replay',
    edit: (history) => history.set('late replay', { status: 409, answer: { detail: 'conflict' } }),
  },
  {
    name: 'another account’s client_request_id leads to this account’s job',
    rule: 'idem.scoped',
    shows: 'replay',
    edit: (history) => history.set('replay', { key: BOB }),
  },
  {
    name: 'two equal submits without client_request_id make one job',
    rule: 'idem.absent',
    shows: 'twin',
    edit: (history) => {
      history.set('twin', { answer: handle(JOBS.failed) })
      history.remove('twin running')
    },
  },
  {
    name: 'two jobs share an id',
    rule: 'submit.job-id-opaque',
    shows: 'twin',
    edit: (history) => {
      history.ask('twin', { prompt: 'a harbour' })
      history.set('twin', { answer: handle(JOBS.failed) })
      history.remove('twin running')
    },
  },
  {
    name: 'a submit is answered 200',
    rule: 'submit.accepted',
    shows: 'twin',
    edit: (history) => history.set('twin', { status: 200 }),
  },
  {
    name: 'a handle without poll_url',
    rule: 'submit.accepted',
    shows: 'twin',
    edit: (history) => history.without('twin', 'poll_url'),
  },
  {
    name: 'a handle without job_id',
    rule: 'submit.accepted',
    shows: 'twin',
    edit: (history) => {
      history.without('twin', 'job_id')
      history.remove('twin running')
    },
  },
  {
    name: 'a handle whose status is running',
    rule: 'submit.accepted',
    shows: 'twin',
    edit: (history) => history.say('twin', { status: 'running' }),
  },
  {
    name: 'poll_url leads elsewhere',
    rule: 'submit.poll-url',
    shows: 'twin',
    edit: (history) => history.say('twin', { poll_url: `/v2/jobs/${JOBS.twin}` }),
  },
  {
    name: 'the owner’s poll is answered 422',
    rule: 'submit.poll-url',
    shows: 'running',
    edit: (history) => history.set('running', { status: 422, answer: { detail: [] } }),
  },
  {
    name: 'async with bytes is taken',
    rule: 'submit.bytes-refused',
    shows: 'as bytes',
    edit: (history) => history.set('as bytes', { status: 202, answer: handle('aa'.repeat(16)) }),
  },
  {
    name: 'async without response_mode is taken',
    rule: 'submit.mode-required',
    shows: 'as bytes',
    edit: (history) => {
      history.ask('as bytes', { response_mode: undefined })
      history.set('as bytes', { status: 202, answer: handle('aa'.repeat(16)) })
    },
  },
  {
    name: 'callback_url without async is taken',
    rule: 'submit.callback-needs-async',
    shows: 'synchronous',
    edit: (history) => history.ask('synchronous', { callback_url: HOOK }),
  },
  {
    name: 'a callback_url in plain http to the world is taken',
    rule: 'submit.callback-https',
    shows: 'twin',
    edit: (history) => history.ask('twin', { callback_url: 'http://hooks.example.com/phota' }),
  },
  {
    name: 'a synchronous request is answered with a job',
    rule: 'submit.sync-default',
    shows: 'synchronous',
    edit: (history) => history.set('synchronous', { status: 202, answer: handle('aa'.repeat(16)) }),
  },
  {
    name: 'a synchronous result lacks an output',
    rule: 'submit.sync-default',
    shows: 'synchronous',
    edit: (history) => history.ask('synchronous', { num_output_images: 2 }),
  },
  {
    name: 'a poll without a key is answered',
    rule: 'submit.auth',
    shows: 'without key',
    edit: (history) => history.set('without key', { status: 200, answer: done() }),
  },
  {
    name: 'a submit that was refused for lack of money made a job',
    rule: 'bill.insufficient',
    shows: 'poll of it',
    edit: (history) => {
      history.say('broke', { job_id: JOBS.again })
      const answer = job(JOBS.again, 'running', 'generate', 54)
      history.add('poll of it', 'twin running', 57, { key: BOB, url: urlOf(JOBS.again), answer })
      history.remove('after expiry')
    },
  },
  {
    name: 'a submit that was refused as invalid made a job',
    rule: 'submit.no-trace',
    shows: 'poll of it',
    edit: (history) => {
      history.say('as bytes', { job_id: JOBS.again })
      const answer = job(JOBS.again, 'running', 'edit', 55)
      history.add('poll of it', 'twin running', 57, { url: urlOf(JOBS.again), answer })
      history.remove('after expiry')
    },
  },
  {
    name: 'a poll of no known status',
    rule: 'poll.shape',
    shows: 'running',
    edit: (history) => history.say('running', { status: 'processing' }),
  },
  {
    name: 'a poll of another job',
    rule: 'poll.shape',
    shows: 'running',
    edit: (history) => history.say('running', { job_id: JOBS.twin }),
  },
  {
    name: 'a poll of another operation',
    rule: 'poll.operation',
    shows: 'twin running',
    edit: (history) => history.say('twin running', { operation: 'edit' }),
  },
  {
    name: 'a moment without its offset',
    rule: 'poll.timestamps',
    shows: 'twin running',
    edit: (history) => history.say('twin running', { created_at: '2026-06-22T12:00:32' }),
  },
  {
    name: 'pictures within an asynchronous result',
    rule: 'poll.succeeded',
    shows: 'callback',
    edit: (history) => ended(history, { result: { ...result, images: ['/9j/4AAQ'] } }),
  },
  {
    name: 'fewer download URLs than outputs',
    rule: 'poll.succeeded',
    shows: 'callback',
    edit: (history) => {
      ended(history, { result: { ...result, download_urls: [urlsOf()[0]], known_subjects: { counts: { abc123: 1 } } } })
      history.remove('download 2')
    },
  },
  {
    name: 'completed before it was created',
    rule: 'poll.succeeded',
    shows: 'callback',
    edit: (history) => ended(history, { completed_at: at(1) }),
  },
  {
    name: 'a success with an error',
    rule: 'poll.succeeded',
    shows: 'callback',
    edit: (history) => ended(history, { error: { code: 'TIMEOUT', message: 'Too slow.' } }),
  },
  {
    name: 'a failure without a message',
    rule: 'poll.failed',
    shows: 'failed',
    edit: (history) => {
      for (const name of ['failed', 'failed again']) history.say(name, { error: { code: 'TIMEOUT', message: '' } })
    },
  },
  {
    name: 'a subject that the request does not name',
    rule: 'poll.known-subjects',
    shows: 'callback',
    edit: (history) => ended(history, { result: { ...result, known_subjects: { counts: { stranger: 1 } } } }),
  },
  {
    name: 'one URL for two outputs',
    rule: 'result.distinct',
    shows: 'callback',
    edit: (history) => {
      ended(history, { result: { ...result, download_urls: [urlsOf()[0], urlsOf()[0]] } })
      history.remove('download 2')
    },
  },
  {
    name: 'a download is refused while its job is kept',
    rule: 'result.download',
    shows: 'download 2',
    edit: (history) => history.set('download 2', { status: 403, answer: { detail: 'no' } }),
  },
  {
    name: 'a download is no picture',
    rule: 'result.download',
    shows: 'download 2',
    edit: (history) => history.set('download 2', { answer: '<html>', answerHeaders: { 'Content-Type': 'text/html' } }),
  },
  {
    name: 'a download is of another format',
    rule: 'result.download',
    shows: 'download 2',
    edit: (history) => history.set('download 2', { answer: Buffer.from('89504e470d0a1a0a', 'hex') }),
  },
  {
    name: 'a download URL works after the expiry that it carries',
    rule: 'result.expiry',
    shows: 'late download',
    edit: (history) => history.add('late download', 'download 1', 25 * 3_600 + 10),
  },
  {
    name: 'a download URL works without its signature',
    rule: 'result.signed',
    shows: 'bare download',
    edit: (history) =>
      history.add('bare download', 'download 1', 30, { url: history.find('download 1').url.replace(/\?.*/, '') }),
  },
  {
    name: 'a callback while the job runs',
    rule: 'callback.not-before',
    shows: 'callback',
    edit: (history) => {
      history.set('callback', { body: job(JOBS.edit, 'running', 'edit', 2) })
    },
  },
  {
    name: 'a callback of the end, and then the job still runs',
    rule: 'callback.not-before',
    shows: 'callback',
    edit: (history) => history.set('callback', { atMs: 9_000 }),
  },
  {
    name: 'a callback that says other than the poll',
    rule: 'callback.payload',
    shows: 'succeeded',
    edit: (history) => {
      for (const name of ['callback', 'callback again']) history.call(name, { completed_at: at(19) })
    },
  },
  {
    name: 'a second attempt that says other than the first',
    rule: 'callback.retry',
    shows: 'callback again',
    edit: (history) => {
      history.call('callback again', { completed_at: at(19) })
      history.remove('succeeded', 'succeeded again', 'next day', 'download 1', 'download 2', 'expired', 'expired again')
      history.remove('bob’s late poll', 'after expiry')
    },
  },
  {
    name: 'a callback signed with another account’s secret',
    rule: 'callback.signature',
    shows: 'callback',
    edit: (history) => history.set('callback', { secret: SECRETS[BOB] as string }),
  },
  {
    name: 'a callback without a signature',
    rule: 'callback.signature',
    shows: 'callback',
    edit: (history) => history.set('callback', { secret: null }),
  },
  {
    name: 'a callback after a 2xx',
    rule: 'callback.stops',
    shows: 'callback again',
    edit: (history) => history.set('callback', { status: 204 }),
  },
  {
    name: 'a callback for a job that asked for none',
    rule: 'callback.none',
    shows: 'stray callback',
    edit: (history) =>
      history.add('stray callback', 'callback', 51, { body: history.find('failed').answer, status: 204 }),
  },
  {
    name: 'an empty webhook secret',
    rule: 'secret.shape',
    shows: 'bob’s secret',
    edit: (history) => history.set('bob’s secret', { answer: { webhook_signing_secret: '' } }),
  },
  {
    name: 'another webhook secret on the next call',
    rule: 'secret.shape',
    shows: 'secret again',
    edit: (history) =>
      history.add('secret again', 'secret', 72, { answer: { webhook_signing_secret: 'c'.repeat(40) } }),
  },
  {
    name: 'two accounts have one webhook secret',
    rule: 'secret.per-account',
    shows: 'bob’s secret',
    edit: (history) => history.set('bob’s secret', { answer: { webhook_signing_secret: SECRETS[ALICE] } }),
  },
]

/** Changes what the job ended as, wherever it is told. */
function ended(history: Edit, change: object): void {
  for (const name of ['succeeded', 'succeeded again', 'next day']) history.say(name, change)
  for (const name of ['callback', 'callback again']) history.call(name, change)
}

function urlsOf(): string[] {
  return result['download_urls'] as string[]
}

function urlOf(id: string): string {
  return `https://api.photalabs.com/v1/phota/jobs/${id}`
}
