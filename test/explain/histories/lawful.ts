import { API, type Draft, START_MS } from './draft.ts'

export const ALICE: string = 'phk_alice_0123456789'
export const BOB: string = 'phk_bob_0123456789'
export const SECRETS: Readonly<Record<string, string>> = { [ALICE]: 'a'.repeat(40), [BOB]: 'b'.repeat(40) }
export const HOOK: string = 'https://me.example/webhooks/phota'
const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0xff, 0xd9])
const HOUR_MS = 3_600_000

export const JOBS = {
  edit: '5f3c8a1e9b4d4c7e8a2f1b6d0c9e7a31',
  failed: '77aa8a1e9b4d4c7e8a2f1b6d0c9e7a32',
  twin: '88bb8a1e9b4d4c7e8a2f1b6d0c9e7a33',
  again: '99cc8a1e9b4d4c7e8a2f1b6d0c9e7a34',
} as const

const EDIT_REQUEST = {
  prompt: 'Make [[abc123]] smile wider',
  images: ['https://example.com/photo.jpg'],
  num_output_images: 2,
  output_format: 'jpg',
  response_mode: 'urls',
  async: true,
  callback_url: HOOK,
  client_request_id: 'order-1',
}
const GENERATE_REQUEST = { prompt: 'a lighthouse', response_mode: 'urls', async: true }

export function at(seconds: number): string {
  return new Date(START_MS + seconds * 1_000).toISOString().replace('.000Z', 'Z')
}

export function handle(id: string): object {
  return { job_id: id, status: 'pending', poll_url: `/v1/phota/jobs/${id}` }
}

export function urls(id: string): string[] {
  const expires = (START_MS + 24 * HOUR_MS + 20_000) / 1_000
  return [1, 2].map(
    (nth) => `https://cache-cdn.photalabs.com/20260622/${id}-${nth}.jpg?token=t${nth}0&expires=${expires}`,
  )
}

/** What a poll answers. @param created seconds since the history began */
export function job(
  id: string,
  status: string,
  operation: string,
  created: number,
  more: object = {},
): Record<string, unknown> {
  return {
    job_id: id,
    status,
    operation,
    result: null,
    error: null,
    created_at: at(created),
    completed_at: null,
    ...more,
  }
}

export function done(): Record<string, unknown> {
  return job(JOBS.edit, 'succeeded', 'edit', 2, {
    result: { images: [], download_urls: urls(JOBS.edit), known_subjects: { counts: { abc123: 2 } } },
    completed_at: at(20),
  })
}

/**
 * A day in the life of two accounts, by the rules: every chapter, seen by something that records both the requests to
 * the API and the callbacks.
 */
export function lawful(): Draft[] {
  const drafts: Draft[] = []
  const add = (name: string, atSeconds: number, draft: Partial<Draft>): void => {
    drafts.push({
      name,
      method: 'GET',
      url: '',
      atMs: atSeconds * 1_000,
      tookMs: 120,
      key: ALICE,
      headers: {},
      body: null,
      status: 200,
      answer: null,
      answerHeaders: { 'Content-Type': 'application/json' },
      secret: null,
      ...draft,
    })
  }
  const poll = (name: string, seconds: number, id: string, answer: unknown, more: Partial<Draft> = {}): void =>
    add(name, seconds, { url: `${API}/jobs/${id}`, answer, ...more })
  const submit = (name: string, seconds: number, operation: string, body: unknown, answer: unknown, more = {}): void =>
    add(name, seconds, { method: 'POST', url: `${API}/${operation}`, body, status: 202, answer, ...more })
  const unknown = { code: 'NOT_FOUND', detail: 'No such job.', request_id: 'r' }
  const failed = job(JOBS.failed, 'failed', 'generate', 31, {
    error: { code: 'GENERATION_FAILED', message: 'The image could not be generated.' },
    completed_at: at(45),
  })
  const callback = { method: 'POST', url: HOOK, key: null, body: done(), secret: SECRETS[ALICE] as string }

  add('secret', 0, { url: `${API}/webhook-secret`, answer: { webhook_signing_secret: SECRETS[ALICE] } })
  add('bob’s secret', 1, { url: `${API}/webhook-secret`, key: BOB, answer: { webhook_signing_secret: SECRETS[BOB] } })
  submit('submit', 2, 'edit', EDIT_REQUEST, handle(JOBS.edit))
  submit('replay', 3, 'edit', EDIT_REQUEST, handle(JOBS.edit))
  poll('pending', 4, JOBS.edit, job(JOBS.edit, 'pending', 'edit', 2))
  poll('running', 7, JOBS.edit, job(JOBS.edit, 'running', 'edit', 2))
  poll('bob’s poll', 8, JOBS.edit, unknown, { key: BOB, status: 404 })
  poll('running still', 10, JOBS.edit, job(JOBS.edit, 'running', 'edit', 2))
  add('callback', 20.5, { ...callback, status: 503 })
  add('callback again', 22, { ...callback, status: 204 })
  poll('succeeded', 23, JOBS.edit, done())
  poll('succeeded again', 25, JOBS.edit, done())
  for (const [nth, url] of urls(JOBS.edit).entries()) {
    const headers = { 'Content-Type': 'image/jpeg' }
    add(`download ${nth + 1}`, 26 + nth, { url, key: null, answer: JPEG, answerHeaders: headers })
  }
  submit('late replay', 29, 'edit', EDIT_REQUEST, { ...handle(JOBS.edit), status: 'succeeded' })
  submit('doomed', 31, 'generate', GENERATE_REQUEST, handle(JOBS.failed))
  submit('twin', 32, 'generate', GENERATE_REQUEST, handle(JOBS.twin))
  poll('failed', 50, JOBS.failed, failed)
  poll('failed again', 52, JOBS.failed, failed)
  poll('twin running', 53, JOBS.twin, job(JOBS.twin, 'running', 'generate', 32))
  submit(
    'broke',
    54,
    'generate',
    { ...GENERATE_REQUEST, client_request_id: 'b-1' },
    { code: 'INSUFFICIENT_BALANCE' },
    {
      key: BOB,
      status: 402,
    },
  )
  submit(
    'as bytes',
    55,
    'edit',
    { ...EDIT_REQUEST, response_mode: 'bytes', client_request_id: 'b-2' },
    { detail: [] },
    {
      status: 422,
    },
  )
  const enhanced = { images: ['/9j/4AAQ'], download_urls: [], known_subjects: { counts: {} } }
  submit('synchronous', 56, 'enhance', { image: 'https://example.com/photo.jpg' }, enhanced, { status: 200 })
  poll('without key', 70, JOBS.edit, { code: 'MISSING_API_KEY', detail: 'x' }, { key: null, status: 403 })
  poll('unknown', 71, 'f'.repeat(32), unknown, { status: 404 })
  poll('next day', 23 * 3_600, JOBS.edit, done())
  poll('expired', 25 * 3_600, JOBS.edit, { code: 'JOB_EXPIRED', detail: 'gone' }, { status: 410 })
  poll('bob’s late poll', 25 * 3_600 + 1, JOBS.edit, unknown, { key: BOB, status: 404 })
  poll('expired again', 25 * 3_600 + 2, JOBS.edit, { code: 'JOB_EXPIRED', detail: 'gone' }, { status: 410 })
  submit('after expiry', 25 * 3_600 + 4, 'edit', EDIT_REQUEST, handle(JOBS.again))
  return drafts
}
