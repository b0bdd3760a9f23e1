import type { IncomingMessage } from 'node:http'
import type { Account } from './account.ts'
import { type Answer, errorBody, json } from './answer.ts'
import type { Flaw } from './flaw.ts'
import type { Operation } from './image-request.ts'
import { postImage } from './images.ts'
import { hexId } from './job.ts'
import { visitJob } from './job-methods.ts'
import { getJob } from './polling.ts'
import { addProfile, deleteProfile, getProfilePicture, getProfileStatus, listProfiles } from './profiles.ts'
import { readBody } from './read-body.ts'
import { invalid, notFound, Refusal } from './refusal.ts'
import type { World } from './world.ts'
import type { Caller, Worlds } from './worlds.ts'

interface Route {
  readonly method: string
  readonly operation: string
  readonly path: RegExp
  readonly handle: (caller: Caller, id: string, body: unknown, query: URLSearchParams) => Answer | Promise<Answer>
}

const image = (operation: Operation): Route => ({
  method: 'POST',
  operation,
  path: new RegExp(`^/v1/phota/${operation}$`),
  handle: ({ world, account }, _id, body) => postImage(world, account, operation, body),
})

const PROFILE = '^/v1/phota/profiles/([^/]+)'

const ROUTES: readonly Route[] = [
  image('edit'),
  image('generate'),
  image('enhance'),
  image('remix'),
  {
    method: 'GET',
    operation: 'getJob',
    path: /^\/v1\/phota\/jobs\/([^/]+)$/,
    handle: ({ world, account }, id) => getJob(world, account, id),
  },
  {
    method: 'GET',
    operation: 'getWebhookSecret',
    path: /^\/v1\/phota\/webhook-secret$/,
    handle: ({ world, account }) => getSecret(world, account),
  },
  {
    method: 'POST',
    operation: 'addProfile',
    path: /^\/v1\/phota\/profiles\/add$/,
    handle: ({ world, account }, _id, body) => addProfile(world, account, body),
  },
  {
    method: 'GET',
    operation: 'listProfiles',
    path: /^\/v1\/phota\/profiles\/ids$/,
    handle: ({ world, account }, _id, _body, query) => listProfiles(world, account, query),
  },
  {
    method: 'GET',
    operation: 'getProfileStatus',
    path: new RegExp(`${PROFILE}/status$`),
    handle: ({ world, account }, id) => getProfileStatus(world, account, id),
  },
  {
    method: 'GET',
    operation: 'getProfilePicture',
    path: new RegExp(`${PROFILE}/profile_picture$`),
    handle: ({ world, account }, id) => getProfilePicture(world, account, id),
  },
  {
    method: 'DELETE',
    operation: 'deleteProfile',
    path: new RegExp(`${PROFILE}$`),
    handle: ({ world, account }, id) => deleteProfile(world, account, id),
  },
]

const LARGEST_BODY = 64 * 1024 * 1024

function getSecret({ flaw }: World, account: Account): Answer {
  if (flaw.has('secret-not-found', { account })) throw notFound('secret')
  if (flaw.has('secret-rotates', { account })) account.secret = hexId() + hexId()
  const { secret } = account
  if (flaw.has('secret-renamed', { account })) return json(200, { secret })
  let shown = secret
  if (flaw.has('secret-with-newline', { account })) shown = `${secret}\n`
  if (flaw.has('secret-shown-masked', { account }) && account.secretShown) shown = `${secret.slice(0, 4)}****`
  account.secretShown = true
  return json(200, {
    webhook_signing_secret: shown,
    ...(flaw.has('secret-extra-field') && { algorithm: 'sha256' }),
  })
}

/** The API itself, for the accounts of many worlds. */
export class Api {
  readonly #flaw: Flaw
  readonly #worlds: Worlds

  constructor(flaw: Flaw, worlds: Worlds) {
    this.#flaw = flaw
    this.#worlds = worlds
  }

  async answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const requestId = hexId()
    const matching = ROUTES.filter((route) => route.path.test(url.pathname))
    const route = matching.find((one) => one.method === request.method)
    let answer: Answer
    try {
      const stray = route === undefined ? await this.#stray(request, url) : null
      if (stray === null && matching.length === 0) throw notFound('path')
      if (stray === null && route === undefined) {
        throw new Refusal(405, 'METHOD_NOT_ALLOWED', `${request.method} is not allowed here.`)
      }
      answer = stray ?? (await this.#carryOut(route as Route, request, url))
    } catch (cause) {
      answer = this.#refuse(cause, requestId, route?.operation)
    }
    if (answer.anonymous || this.#isAnonymous(route?.operation)) return answer
    return { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } }
  }

  async #carryOut(route: Route, request: IncomingMessage, url: URL): Promise<Answer> {
    const raw = await readWhole(request)
    const id = decode(route.path.exec(url.pathname)?.[1] ?? '')
    const caller = this.#identify(request, route, id)
    caller.world.timeline.catchUp()
    const body = route.method === 'POST' ? parseBody(raw, request.headers['content-type'] ?? '') : undefined
    const answer = await route.handle(caller, id, body, url.searchParams)
    if (route.operation === 'remix' && this.#flaw.has('remix-as-text')) return { ...answer, type: 'text/plain' }
    return answer
  }

  /** What some flaws answer where there is no route. */
  async #stray(request: IncomingMessage, url: URL): Promise<Answer | null> {
    await readWhole(request)
    const caller = this.#worlds.callerOf(request.headers['x-api-key'] as string | undefined)
    if (caller === undefined) return null
    caller.world.timeline.catchUp()
    return visitJob(caller.world, caller.account, request.method ?? '', url.pathname)
  }

  #identify(request: IncomingMessage, { operation }: Route, id: string): Caller {
    const flaw = this.#flaw
    const spot = { operation }
    const key = request.headers['x-api-key']
    if (typeof key !== 'string' || key === '') {
      if (flaw.has(key === '' ? 'empty-key-accepted' : 'missing-key-accepted', spot)) return this.#anybody(id)
      if (flaw.has('missing-key-401', spot)) throw new Refusal(401, 'INVALID_API_KEY', 'Not authenticated')
      if (flaw.has('job-without-key-404') && operation === 'getJob') throw notFound('job')
      throw new Refusal(403, 'MISSING_API_KEY', 'The X-API-Key header is missing.')
    }
    const caller = this.#worlds.callerOf(key)
    if (caller !== undefined) return caller
    if (flaw.has('unknown-key-accepted', spot)) return this.#anybody(id)
    if (flaw.has('unknown-key-403', spot)) throw new Refusal(403, 'INVALID_API_KEY', 'The API key is unknown.')
    throw new Refusal(401, 'INVALID_API_KEY', 'The API key is unknown.')
  }

  /** Whom some flaws take a caller without a good key for: the owner of the job, else the first account. */
  #anybody(jobId: string): Caller {
    const worlds = this.#worlds.all()
    const world = worlds.find(({ jobs }) => jobs.has(jobId)) ?? (worlds[0] as World)
    const account = world.jobs.get(jobId)?.account ?? ([...world.accounts.values()][0] as Account)
    return { world, account }
  }

  #refuse(cause: unknown, requestId: string, operation: string | undefined): Answer {
    const flaw = this.#flaw
    const refusal = cause instanceof Refusal ? cause : new Refusal(500, 'INTERNAL', `Internal error: ${cause}`)
    const headers = (refusal as { headers?: Record<string, string> }).headers ?? {}
    let body = errorBody(refusal, requestId) as Record<string, unknown>
    if (refusal.status === 422) {
      if (flaw.has('422-without-field')) body['detail'] = refusal.fields.map((field) => ({ ...field, loc: ['body'] }))
      if (flaw.has('422-first-field-only')) body['detail'] = refusal.fields.slice(0, 1)
      if (flaw.has('422-detail-as-text')) body['detail'] = refusal.fields.map((field) => field.msg).join('; ')
    }
    if (operation === 'getJob' && refusal.status === 404 && flaw.has('job-404-without-request-id')) {
      body = { code: refusal.code, detail: refusal.message }
    }
    if (operation === 'edit' && refusal.status === 401 && flaw.has('edit-401-nested')) body = { error: body }
    return { ...json(refusal.status, body), headers }
  }

  #isAnonymous(operation: string | undefined): boolean {
    return (
      (operation === 'edit' && this.#flaw.has('edit-without-request-id')) ||
      (operation === 'getJob' && this.#flaw.has('job-without-request-id'))
    )
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const body = await readBody(request, LARGEST_BODY)
  if (body === null) throw new Refusal(413, 'PAYLOAD_TOO_LARGE', 'The body is larger than 64 MiB.')
  return body
}

function parseBody(raw: Buffer, type: string): unknown {
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw invalid([{ loc: ['body'], msg: 'must be application/json', type: 'content_type' }])
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw))
  } catch {
    throw invalid([{ loc: ['body'], msg: 'must be JSON in UTF-8', type: 'json_invalid' }])
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
