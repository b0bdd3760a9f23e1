import { randomBytes, randomUUID } from 'node:crypto'
import { basePath, type JobOperation, type OperationId, operations } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { asyncBody, IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { type Scene, statusOf } from '../scene.ts'
import { readyProfile, trainProfile } from '../stories.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'

const allOnce = IMAGE_OPERATIONS.reduce((sum, operation) => sum + highestPrice(operation, {}), 0)

const syncDefault: Case = {
  id: 'submit.sync-default',
  cost: 2 * allOnce,
  async run({ trial, scene }) {
    const place = await scene()
    const asked = IMAGE_OPERATIONS.map(async (operation) => {
      const explicit = imageBody(operation, { async: false, response_mode: 'urls' })
      // Each keeps its connection open for as long as the work takes, so they wait together.
      const [absent, isFalse] = await Promise.all([
        place.synchronous(place.alice, operation, imageBody(operation)),
        place.synchronous(place.alice, operation, explicit),
      ])
      holdResult(trial, absent, 'bytes', 'without `async`')
      holdResult(trial, isFalse, 'urls', 'with `async: false`')
    })
    for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
  },
}

function holdResult(trial: Trial, exchange: Exchange, mode: 'bytes' | 'urls', when: string): void {
  if (!trial.status(exchange, 200, `with the result, ${when}`)) return
  const result = jsonOf(exchange)
  const lists = { bytes: 'images', urls: 'download_urls' } as const
  for (const [each, name] of Object.entries(lists)) {
    const wanted = each === mode ? 1 : 0
    const list = fieldOf(result, name)
    const isSo = Array.isArray(list) && list.length === wanted
    trial.expect(exchange, isSo, `\`${name}\` to be a list of ${wanted} in \`${mode}\` mode, ${when}`, show(list))
  }
}

const accepted: Case = {
  id: 'submit.accepted',
  stories: IMAGE_OPERATIONS,
  async run({ trial, opening }) {
    for (const operation of IMAGE_OPERATIONS) {
      const { submit, wasHeldOpen, firstPoll } = await opening(operation)
      trial.expect(submit, !wasHeldOpen, '202 at once', 'an answer only when the clock had moved on')
      if (!trial.status(submit, 202, 'with the handle of a job')) continue
      const { job_id: jobId, status, poll_url: pollUrl } = (jsonOf(submit) ?? {}) as Record<string, unknown>
      trial.expect(submit, typeof jobId === 'string' && jobId !== '', '`job_id`', show(jobId))
      trial.expect(submit, status === 'pending', '`status` to be "pending"', show(status))
      trial.expect(submit, typeof pollUrl === 'string', '`poll_url`', show(pollUrl))
      if (firstPoll) holdPrompt(trial, submit, firstPoll)
    }
  },
}

/** An answer that came no sooner than the result would have is no 202 at once. */
function holdPrompt(trial: Trial, submit: Exchange, firstPoll: Exchange): void {
  const { created_at: created, completed_at: completed } = (jsonOf(firstPoll) ?? {}) as Record<string, unknown>
  const workMs = Date.parse(String(completed)) - Date.parse(String(created))
  if (!(workMs >= 2_000)) return
  const isPrompt = submit.durationMs < workMs / 2
  trial.expect(
    submit,
    isPrompt,
    '202 without waiting for the result',
    `an answer after ${Math.round(submit.durationMs)} ms, when the job was over`,
  )
}

const pollUrl: Case = {
  id: 'submit.poll-url',
  stories: IMAGE_OPERATIONS,
  async run({ trial, opening }) {
    for (const operation of IMAGE_OPERATIONS) {
      const { submit, followed } = await opening(operation)
      const handle = jsonOf(submit)
      const jobId = fieldOf(handle, 'job_id')
      if (typeof jobId !== 'string') throw new CannotJudge(`no job was made: ${seenStatus(submit)}`)
      const url = fieldOf(handle, 'poll_url')
      const wanted = `${basePath}/jobs/${jobId}`
      trial.expect(submit, url === wanted, `\`poll_url\` to be ${wanted}`, show(url))
      if (followed) trial.status(followed, 200, 'when `poll_url` is polled')
    }
  },
}

const jobIdOpaque: Case = {
  id: 'submit.job-id-opaque',
  stories: IMAGE_OPERATIONS,
  cost: 3 * highestPrice('generate', {}),
  async run({ trial, opening, scene }) {
    const place = await scene()
    const submits: Exchange[] = []
    for (const operation of IMAGE_OPERATIONS) submits.push((await opening(operation)).submit)
    // From one account, one after the other, where a counter would show.
    for (let nth = 1; nth <= 3; nth++) submits.push((await place.submit(place.alice, 'generate')).exchange)
    const ids = submits.map((submit) => fieldOf(jsonOf(submit), 'job_id')).filter((id) => typeof id === 'string')
    if (ids.length < 2) throw new CannotJudge('fewer than two jobs were made')
    for (const submit of submits) {
      const id = fieldOf(jsonOf(submit), 'job_id')
      if (typeof id !== 'string') continue
      trial.prefer(submit, /^[0-9a-f]{32}$/.test(id), '`job_id` to be 32 lowercase hex digits', id)
    }
    trial.expect(null, new Set(ids).size === ids.length, 'an id of its own for each job', show(ids))
    const shared = ids
      .flatMap((a, nth) => ids.slice(nth + 1).map((b) => sharedCharacters(a, b)))
      .reduce((most, each) => Math.max(most, each), 0)
    // 32 random hex digits share 12 at their ends once in 10^13 pairs; those of a counter share nearly all.
    trial.expect(
      null,
      shared < 12,
      'ids that tell nothing of each other',
      `two that share ${shared} characters at their ends: ${show(ids)}`,
    )
  },
}

/** How much two ids begin and end alike. */
function sharedCharacters(a: string, b: string): number {
  if (a === b) return 0
  let start = 0
  while (a[start] === b[start]) start++
  let end = 0
  while (a.at(-1 - end) === b.at(-1 - end)) end++
  return start + end
}

/** A request that is refused with 422, and one like it that is not, so that the refusal is of what it is said to be of. */
function refusal(id: string, requests: { what: string; body: Record<string, unknown>; preferred?: true }[]): Case {
  return {
    id,
    async run({ trial, scene }) {
      const place = await scene()
      for (const operation of IMAGE_OPERATIONS) {
        for (const { what, body, preferred } of requests) {
          const { exchange } = await place.request(
            place.alice.call(operation, { body: imageBody(operation, body), ...(preferred && { isChoice: true }) }),
          )
          if (preferred) trial.refused(exchange, [422, 400], `for ${what}`)
          else trial.status(exchange, 422, `for ${what}`)
        }
      }
    },
  }
}

const A_CALLBACK = 'https://example.com/callback'
const ASYNC = { async: true, response_mode: 'urls' }

const bytesRefused = refusal('submit.bytes-refused', [
  { what: '`async: true` with `response_mode: "bytes"`', body: { async: true, response_mode: 'bytes' } },
])

const modeRequired = refusal('submit.mode-required', [
  { what: '`async: true` without `response_mode`', body: { async: true } },
])

const callbackNeedsAsync = refusal('submit.callback-needs-async', [
  { what: '`callback_url` without `async`', body: { callback_url: A_CALLBACK } },
  { what: '`callback_url` with `async: false`', body: { async: false, callback_url: A_CALLBACK } },
  { what: '`callback_url` without `async`, in `urls` mode', body: { response_mode: 'urls', callback_url: A_CALLBACK } },
])

const callbackHttps = refusal('submit.callback-https', [
  {
    what: 'a `callback_url` of plain http',
    body: { ...ASYNC, callback_url: 'http://example.com/callback' },
    preferred: true,
  },
  {
    what: 'a `callback_url` of another scheme',
    body: { ...ASYNC, callback_url: 'ftp://example.com/callback' },
    preferred: true,
  },
  { what: 'a `callback_url` that is no URL', body: { ...ASYNC, callback_url: 'somewhere' }, preferred: true },
])

const longerBudget: Case = {
  id: 'submit.longer-budget',
  async run({ trial, scene }) {
    const place = await scene()
    await place.levers.scenarios.add({ effect: { running: '11m' } })
    const before = await place.balance()
    const sync = await place.synchronous(place.alice, 'generate', imageBody('generate'))
    trial.status(sync, 504, 'for a synchronous request of eleven minutes')
    const after = await place.balance()
    trial.equal(sync, after, before, 'the balance after the 504')
    const { jobId } = await place.submit(place.alice, 'generate')
    const polls = await place.finish(place.alice, jobId)
    const last = polls.at(-1) as Exchange
    trial.expect(last, statusOf(last) === 'succeeded', 'the same work to succeed in async', show(jsonOf(last)))
  },
}

const validationBody: Case = {
  id: 'submit.validation-body',
  async run({ trial, scene }) {
    const place = await scene()
    const { alice } = place
    const wrong: [OperationId, Record<string, unknown>, string[]][] = [
      [
        'edit',
        { ...imageBody('edit'), num_output_images: 9, aspect_ratio: '2:1' },
        ['num_output_images', 'aspect_ratio'],
      ],
      ['generate', { prompt: 7, output_format: 'gif', resolution: '8K' }, ['prompt', 'output_format', 'resolution']],
      ['enhance', { num_output_images: 0 }, ['num_output_images', 'image']],
      ['remix', { output_format: 'gif' }, ['output_format', 'input_image', 'reference_image']],
      ['generate', { prompt: 'x', base_model: 'no-such-model' }, ['base_model']],
    ]
    for (const [operation, body, fields] of wrong) {
      const { exchange } = await place.request(alice.call(operation, { body }))
      if (!trial.status(exchange, 422, `for ${fields.join(' and ')}`)) continue
      const detail = fieldOf(jsonOf(exchange), 'detail')
      const named = Array.isArray(detail) ? detail.map((item) => show(fieldOf(item, 'loc'))) : []
      for (const field of fields) {
        const isNamed = named.some((loc) => loc.includes(`"${field}"`))
        trial.expect(exchange, isNamed, `an entry of \`detail\` whose \`loc\` names ${field}`, show(detail))
      }
    }
  },
}

const noTrace: Case = {
  id: 'submit.no-trace',
  async run({ trial, scene, session }) {
    const place = await scene()
    const { alice } = place
    const broke = place.broke as Caller
    const id = randomUUID()
    const before = { alice: await place.balance(alice), broke: await place.balance(broke) }
    const bad = { num_output_images: 9, client_request_id: id }
    const unpaid = { client_request_id: id }
    const attempts: [number, Exchange][] = [
      [422, await place.ask(alice, 'generate', bad)],
      [422, await place.ask(alice, 'generate', { client_request_id: id, output_format: 'gif' })],
      [402, await place.ask(broke, 'generate', unpaid)],
      [401, await place.ask(session.stranger(trial, randomKey()), 'generate', { client_request_id: id })],
      [403, await place.ask(session.stranger(trial, null), 'generate', { client_request_id: id })],
    ]
    for (const [status, exchange] of attempts)
      trial.expect(exchange, exchange.status >= 400, `${status}`, seenStatus(exchange))
    trial.equal(
      null,
      { alice: await place.balance(alice), broke: await place.balance(broke) },
      before,
      'the balances after refused submits',
    )
    await place.levers.clock.settle()
    trial.equal(
      null,
      { alice: await place.balance(alice), broke: await place.balance(broke) },
      before,
      'the balances once all is settled',
    )
    const corrected = await place.ask(alice, 'generate', { client_request_id: id })
    trial.expect(
      corrected,
      isJob(corrected),
      'a new job for the same `client_request_id` after a 422',
      seenStatus(corrected),
    )
    await place.deposit(broke, '10')
    const paid = await place.ask(broke, 'generate', unpaid)
    trial.expect(
      paid,
      isJob(paid),
      'a new job for the same `client_request_id` after a 402, once it can be paid',
      seenStatus(paid),
    )
  },
}

function isJob(exchange: Exchange): boolean {
  return exchange.status < 300 && typeof fieldOf(jsonOf(exchange), 'job_id') === 'string'
}

function randomKey(): string {
  return `no-such-key-${randomBytes(12).toString('hex')}`
}

const auth: Case = {
  id: 'submit.auth',
  cost: highestPrice('generate', {}),
  async run({ trial, session, scene }) {
    const place = await scene()
    const { jobId } = await place.submit(place.alice, 'generate')
    const profileId = place.world === null ? await readyProfile(place.alice) : await trainProfile(place)
    for (const { operationId } of Object.values(operations)) {
      // What cannot be undone is tried on nothing.
      const isSafe = operationId !== 'deleteProfile' || place.world !== null
      const id = operationId === 'getJob' ? jobId : isSafe ? profileId : null
      const nobody = await knock(place, session.stranger(trial, null), operationId, id)
      judgeKnock(trial, nobody, 403, 'without a key', operationId, id)
      const unknown = await knock(place, session.stranger(trial, randomKey()), operationId, id)
      judgeKnock(trial, unknown, 401, 'with an unknown key', operationId, id)
    }
  },
}

async function knock(place: Scene, stranger: Caller, operationId: OperationId, id: string | null): Promise<Exchange> {
  const { pathParameters, requestBody } = operations[operationId]
  const ids = pathParameters.map(() => id ?? 'nobody')
  const isImage = (IMAGE_OPERATIONS as readonly string[]).includes(operationId)
  const urls = Array.from({ length: 5 }, (_each, nth) => `https://example.com/me/${nth + 1}.jpg`)
  const body = isImage ? asyncBody(operationId as JobOperation) : { image_urls: urls, training_tier: 'fast' }
  const { exchange } = await place.request(stranger.call(operationId, { ids, ...(requestBody !== null && { body }) }))
  return exchange
}

function judgeKnock(
  trial: Trial,
  exchange: Exchange,
  status: number,
  when: string,
  operationId: OperationId,
  id: string | null,
): void {
  const { pathParameters, method, path } = operations[operationId]
  const what = `${when}, on ${method} ${path}`
  // Of what is not there, nobody promised that the key is judged first.
  if (pathParameters.length > 0 && id === null && exchange.status === 404)
    trial.prefer(exchange, false, `${status} ${what}`, '404')
  else trial.status(exchange, status, what)
}

export const submit: readonly Case[] = [
  syncDefault,
  accepted,
  pollUrl,
  jobIdOpaque,
  bytesRefused,
  modeRequired,
  callbackNeedsAsync,
  callbackHttps,
  longerBudget,
  validationBody,
  noTrace,
  auth,
]
