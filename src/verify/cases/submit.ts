import { randomBytes, randomUUID } from 'node:crypto'
import { basePath, type JobOperation, type OperationId, operations, type Source } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { asyncBody, IMAGE_OPERATIONS, imageBody } from '../requests.ts'
import { isTerminal, type Scene, statusOf } from '../scene.ts'
import type { Depth } from '../settings.ts'
import { momentOf } from '../shape.ts'
import { ACCOUNTS, CALLBACK, kindsOf, OUTPUTS, pointOf, type StoryPlan } from '../story-plan.ts'
import { readyProfile, trainProfile } from '../subjects.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { ofOpenings } from './over-stories.ts'
import { holdPicture } from './result.ts'

const succeeds = ({ outcome }: StoryPlan): boolean => outcome === 'succeeded'

interface SyncBody {
  readonly mode: 'bytes' | 'urls'
  readonly async: 'absent' | 'false'
  readonly outputs: number
  readonly format: 'png' | 'jpg'
  readonly body: Record<string, unknown>
}

/** What a synchronous request of each operation asks for. */
const SYNC_BODIES = [
  { mode: 'bytes', async: 'absent', outputs: 1, format: 'jpg', body: {} },
  {
    mode: 'urls',
    async: 'false',
    outputs: 2,
    format: 'png',
    body: { async: false, response_mode: 'urls', num_output_images: 2, output_format: 'png' },
  },
] as const satisfies readonly SyncBody[]

const syncDefault: Case = {
  id: 'submit.sync-default',
  over: {
    operation: IMAGE_OPERATIONS,
    mode: SYNC_BODIES.map(({ mode }) => mode),
    async: SYNC_BODIES.map(({ async }) => async),
  },
  cost: (depth) =>
    sum(IMAGE_OPERATIONS.flatMap((name) => syncBodies(name, depth).map(({ body }) => highestPrice(name, body)))),
  async run({ trial, scene, session }) {
    if (session.settings.without.has('sync')) throw new NotTried('left out by --without sync')
    const place = await scene()
    const { depth } = session.settings
    // Each keeps its connection open for as long as the work takes, so they wait together.
    const asked = IMAGE_OPERATIONS.flatMap((operation) =>
      syncBodies(operation, depth).map(async ({ mode, async, outputs, format, body }) => {
        const exchange = await place.synchronous(place.alice, operation, imageBody(operation, body))
        holdResult(trial, exchange, { mode, outputs, format })
        trial.mark({ operation, mode, async })
      }),
    )
    for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
    if (place.world === null) return
    await holdSyncKinds(trial, place, kindsOf(session.stories.plans, true))
    await holdSyncFailure(trial, place)
  },
}

function syncBodies(operation: JobOperation, depth: Depth): readonly SyncBody[] {
  const nth = IMAGE_OPERATIONS.indexOf(operation)
  if (depth === 'full') return SYNC_BODIES
  const [bytes, urls] = SYNC_BODIES
  const { num_output_images: _, ...one } = urls.body
  return [nth === 0 ? { ...urls, outputs: 1, body: one } : bytes]
}

function holdResult(
  trial: Trial,
  exchange: Exchange,
  { mode, outputs, format }: { mode: 'bytes' | 'urls'; outputs: number; format: 'png' | 'jpg' },
): void {
  const when = `${mode === 'bytes' ? 'without `async`' : 'with `async: false`'}, on ${exchange.operation}`
  if (!trial.status(exchange, 200, `with the result, ${when}`)) return
  const result = jsonOf(exchange)
  const lists = { bytes: 'images', urls: 'download_urls' } as const
  for (const [each, name] of Object.entries(lists)) {
    const wanted = each === mode ? outputs : 0
    const list = fieldOf(result, name)
    const isSo = Array.isArray(list) && list.length === wanted
    trial.expect(exchange, isSo, `\`${name}\` to be a list of ${wanted} in \`${mode}\` mode, ${when}`, show(list))
  }
  for (const picture of exchange.pictures) holdPicture(trial, exchange, picture, format, `an output, ${when}`)
}

/** All kinds of jobs, without `async`. */
async function holdSyncKinds(trial: Trial, place: Scene, kinds: readonly StoryPlan[]): Promise<void> {
  const asked = kinds.map(async ({ operation, account, outputs, format, body }) => {
    const caller = account === 'first' ? place.alice : place.other
    const exchange = await place.synchronous(caller, operation, imageBody(operation, body))
    holdResult(trial, exchange, { mode: 'bytes', outputs: Number(outputs), format })
  })
  for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
}

/** Work that fails is no 200, whatever its lists hold. */
async function holdSyncFailure(trial: Trial, place: Scene): Promise<void> {
  await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
  for (const operation of IMAGE_OPERATIONS) {
    const exchange = await place.synchronous(place.alice, operation, imageBody(operation, { prompt: 'doomed' }))
    const isTold = exchange.status >= 400
    trial.expect(exchange, isTold, `an error for work that failed, on ${operation}`, `${exchange.status}`)
  }
}

const accepted = ofOpenings({
  id: 'submit.accepted',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outputs: OUTPUTS, callback: CALLBACK },
  look: (trial, { plan, submit, wasHeldOpen, firstPoll }) => {
    trial.expect(submit, !wasHeldOpen, '202 at once', 'an answer only when the clock had moved on')
    if (!trial.status(submit, 202, `with the handle of a job, on ${plan.operation}`)) return
    const handle = jsonOf(submit)
    const [jobId, status, url] = ['job_id', 'status', 'poll_url'].map((name) => fieldOf(handle, name))
    trial.expect(submit, typeof jobId === 'string' && jobId !== '', '`job_id`', show(handle))
    const check = { kind: 'body', pattern: '"status" *: *"pending"', isWanted: true } as const
    trial.expect(submit, status === 'pending', '`status` to be "pending"', show(status), { check })
    trial.expect(submit, typeof url === 'string', '`poll_url`', show(url))
    if (firstPoll) holdPrompt(trial, submit, firstPoll)
  },
})

/** An answer that came no sooner than the result would have is no 202 at once. */
function holdPrompt(trial: Trial, submit: Exchange, firstPoll: Exchange): void {
  const job = jsonOf(firstPoll)
  const workMs = momentOf(fieldOf(job, 'completed_at')) - momentOf(fieldOf(job, 'created_at'))
  if (!(workMs >= 2_000) || !isTerminal(firstPoll)) return
  const seen = `an answer after ${Math.round(submit.durationMs)} ms, when the job was over`
  trial.expect(submit, submit.durationMs < workMs / 2, '202 without waiting for the result', seen)
}

const pollUrl = ofOpenings({
  id: 'submit.poll-url',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  look: (trial, { submit, followed }) => {
    const handle = jsonOf(submit)
    const jobId = fieldOf(handle, 'job_id')
    if (typeof jobId !== 'string') throw new CannotJudge(`no job was made: ${seenStatus(submit)}`)
    const url = fieldOf(handle, 'poll_url')
    const wanted = `${basePath}/jobs/${jobId}`
    const isSame = url === wanted || url === `${basePath}/jobs/${encodeURIComponent(jobId)}`
    trial.expect(submit, isSame, `\`poll_url\` to be ${wanted}`, show(url))
    if (followed) trial.status(followed, 200, 'when `poll_url` is polled')
  },
})

/** Beyond what all ids have in common, an id has at least so many characters: fewer could be tried one by one. */
const LEAST_CHANCE = 8
/** So many characters at the end of an id are read as a number. */
const COUNTER_CHARACTERS = 8
/** What two accounts' ids share by chance is shorter: in hex, one in four billion. */
const MOST_SHARED = 8

const jobIdOpaque: Case = {
  id: 'submit.job-id-opaque',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  looksAt: () => true,
  async run(stage) {
    const { trial, session, scene } = stage
    const ids: Issued[] = []
    session.stories.startAll(session.stories.plans)
    for (const plan of session.stories.plans) {
      const { submit } = await stage.opening(plan)
      const id = fieldOf(jsonOf(submit), 'job_id')
      if (typeof id !== 'string') continue
      ids.push({ id, account: plan.account, operation: plan.operation })
      trial.prefer(submit, /^[0-9a-f]{32}$/.test(id), '`job_id` to be 32 lowercase hex digits', id)
      trial.mark(pointOf(plan))
    }
    // One after the other and free of charge where there is a World to make them in: a counter would show.
    const place = await scene()
    const made: Issued[] = []
    if (place.world !== null) {
      for (const operation of IMAGE_OPERATIONS) {
        for (let nth = 0; nth < 3; nth++) {
          made.push({ id: (await place.submit(place.alice, operation)).jobId, account: 'first', operation })
          made.push({ id: (await place.submit(place.other, operation)).jobId, account: 'second', operation })
        }
      }
      ids.push(...made)
    }
    if (ids.length < 2) throw new CannotJudge('fewer than two jobs were made')
    const all = ids.map(({ id }) => id)
    trial.expect(null, new Set(all).size === all.length, 'an id of its own for each job', show(all))
    holdChance(trial, ids, made)
  },
}

interface Issued {
  readonly id: string
  readonly account: string
  readonly operation: string
}

/** @param inOrder those that were issued one after the other */
function holdChance(trial: Trial, ids: readonly Issued[], inOrder: readonly Issued[]): void {
  for (const operation of IMAGE_OPERATIONS) {
    const mine = ids.filter((one) => one.operation === operation).map(({ id }) => id)
    if (new Set(mine).size < 2) continue
    const sequence = inOrder.filter((one) => one.operation === operation).map(({ id }) => id)
    const ends = sequence.map((id) => Number.parseInt(id.slice(-COUNTER_CHARACTERS), 16))
    const isCounter = sequence.length > 3 && ends.every((end, nth) => nth === 0 || isNext(ends[nth - 1] ?? 0, end))
    trial.expect(null, !isCounter, `ids of ${operation} that do not count`, `ends that count up: ${show(sequence)}`)
    const closest = closestPair(mine)
    const expected = `ids of ${operation} that differ in ${LEAST_CHANCE} characters and more`
    trial.expect(
      null,
      closest.differing >= LEAST_CHANCE,
      expected,
      `two that differ in ${closest.differing}: ${show(closest.pair)}`,
    )
  }
  const [first, second] = ['first', 'second'].map((account) =>
    ids.filter((one) => one.account === account).map(({ id }) => id),
  )
  if (!first || !second || first.length < 2 || second.length < 2) return
  const shared = commonPrefix([...first, ...second]).length
  for (const own of [first, second]) {
    const more = commonPrefix(own).length - shared
    trial.expect(
      null,
      more < MOST_SHARED,
      'ids that do not tell their account',
      `${more} characters that only one account’s ids begin with: ${show(own)}`,
    )
  }
}

/** A little more than the one before, as a counter has it. */
function isNext(before: number, after: number): boolean {
  return after > before && after - before < 1_000
}

/** The two whose texts differ in the fewest places. */
function closestPair(ids: readonly string[]): { differing: number; pair: readonly [string, string] } {
  let closest = { differing: Number.POSITIVE_INFINITY, pair: ['', ''] as readonly [string, string] }
  ids.forEach((a, nth) => {
    for (const b of ids.slice(nth + 1)) {
      const differing = [...a].filter((each, at) => each !== b[at]).length + Math.max(0, b.length - a.length)
      if (differing < closest.differing) closest = { differing, pair: [a, b] }
    }
  })
  return closest
}

function commonPrefix(ids: readonly string[]): string {
  const [first = '', ...others] = ids
  let length = first.length
  for (const id of others) while (!id.startsWith(first.slice(0, length))) length -= 1
  return first.slice(0, length)
}

interface Refusal {
  readonly what: string
  readonly body: Record<string, unknown>
  /** Where it is promised, if not where the rule is. */
  readonly source?: Source
}

/** Requests that are refused, on every operation. */
function refusal(id: string, statuses: readonly number[], requests: readonly Refusal[]): Case {
  return {
    id,
    over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, request: requests.map(({ what }) => what) },
    async run({ trial, scene }) {
      const place = await scene()
      for (const [nth, operation] of IMAGE_OPERATIONS.entries()) {
        for (const [at, { what, body, source }] of requests.entries()) {
          const isSecond = place.bob !== null && (nth + at) % 2 === 1
          const caller = isSecond ? place.other : place.alice
          const { exchange } = await place.request(
            caller.call(operation, { body: imageBody(operation, body), timeoutMs: caller.jobTimeoutMs }),
          )
          trial.refused(exchange, statuses, `for ${what}, on ${operation}`, { ...(source && { source }) })
          trial.mark({ operation, account: isSecond ? 'second' : 'first', request: what })
        }
      }
    },
  }
}

const A_CALLBACK = 'https://example.com/callback'
const ASYNC = { async: true, response_mode: 'urls' }

const bytesRefused = refusal(
  'submit.bytes-refused',
  [422],
  [{ what: '`async: true` with `response_mode: "bytes"`', body: { async: true, response_mode: 'bytes' } }],
)

const modeRequired = refusal(
  'submit.mode-required',
  [422],
  [{ what: '`async: true` without `response_mode`', body: { async: true } }],
)

const callbackNeedsAsync = refusal(
  'submit.callback-needs-async',
  [422],
  [
    { what: '`callback_url` without `async`', body: { callback_url: A_CALLBACK } },
    { what: '`callback_url` with `async: false`', body: { async: false, callback_url: A_CALLBACK } },
    {
      what: '`callback_url` without `async`, in `urls` mode',
      body: { response_mode: 'urls', callback_url: A_CALLBACK },
    },
  ],
)

const NOT_HTTPS: readonly (readonly [string, string])[] = [
  ['plain http', 'http://example.com/callback'],
  ['plain http in capitals', 'HTTP://example.com/callback'],
  ['plain http to the port of https', 'http://example.com:443/callback'],
  ['plain http to a host that is called https', 'http://https.example.com/callback'],
  ['plain http with https in its query', 'http://example.com/callback?to=https://example.com'],
  ['another scheme', 'ftp://example.com/callback'],
  ['a scheme that begins like https', 'httpsx://example.com/callback'],
  ['a script', 'javascript:alert(1)//https://example.com'],
  ['no scheme', '//example.com/callback'],
  ['no host', 'https://'],
  ['no URL', 'somewhere'],
]
/** Browsers read these as HTTPS URLs, and so do libraries that follow them. */
const LENIENT: readonly (readonly [string, string])[] = [
  ['a blank before it', ' https://example.com/callback'],
  ['one slash', 'https:/example.com/callback'],
]

const callbackHttps = refusal(
  'submit.callback-https',
  [422, 400],
  [
    ...NOT_HTTPS.map(([what, url]) => ({
      what: `a \`callback_url\` of ${what}`,
      body: { ...ASYNC, callback_url: url },
    })),
    ...LENIENT.map(([what, url]) => ({
      what: `a \`callback_url\` with ${what}`,
      body: { ...ASYNC, callback_url: url },
      source: 'choice' as const,
    })),
  ],
)

const longerBudget: Case = {
  id: 'submit.longer-budget',
  over: { operation: IMAGE_OPERATIONS, path: ['sync', 'async'] },
  async run({ trial, scene, session }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      await place.levers.scenarios.add({ effect: { running: '11m' } })
      if (session.settings.without.has('sync')) trial.leave({ path: 'sync' }, 'left out by --without sync')
      else {
        const before = await place.balance()
        const sync = await place.synchronous(place.alice, operation, imageBody(operation))
        trial.status(sync, 504, `for a synchronous request of eleven minutes, on ${operation}`, { source: 'reference' })
        trial.equal(sync, await place.balance(), before, 'the balance after the 504')
        trial.mark({ operation, path: 'sync' })
      }
      const { jobId } = await place.submit(place.alice, operation)
      const last = (await place.finish(place.alice, jobId)).at(-1) as Exchange
      const isDone = statusOf(last) === 'succeeded'
      trial.expect(last, isDone, `the same work to succeed in async, on ${operation}`, show(jsonOf(last)))
      trial.mark({ operation, path: 'async' })
    }
  },
}

/** Values beyond the limits of the API's reference, and the fields that a 422 should name. */
const BEYOND: readonly (readonly [OperationId, Record<string, unknown>, readonly string[]])[] = [
  ['edit', { ...imageBody('edit'), num_output_images: 9, aspect_ratio: '2:1' }, ['num_output_images', 'aspect_ratio']],
  ['edit', { ...imageBody('edit'), output_format: 'gif' }, ['output_format']],
  ['generate', { prompt: 7, output_format: 'gif', resolution: '8K' }, ['prompt', 'output_format', 'resolution']],
  ['generate', { ...imageBody('generate'), num_output_images: 5 }, ['num_output_images']],
  ['generate', { prompt: 'x', base_model: 'no-such-model' }, ['base_model']],
  ['enhance', { num_output_images: 0 }, ['num_output_images', 'image']],
  ['enhance', { ...imageBody('enhance'), num_output_images: 0 }, ['num_output_images']],
  ['remix', { output_format: 'gif' }, ['output_format', 'input_image', 'reference_image']],
  ['remix', { ...imageBody('remix'), num_output_images: 5 }, ['num_output_images']],
]

const validationBody: Case = {
  id: 'submit.validation-body',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene, session }) {
    if (session.settings.without.has('limits')) throw new NotTried('left out by --without limits')
    const place = await scene()
    for (const [operation, body, fields] of BEYOND) {
      const call = place.alice.call(operation, { body, timeoutMs: place.alice.jobTimeoutMs })
      const { exchange } = await place.request(call)
      trial.mark({ operation })
      const isHeld = trial.status(exchange, 422, `for ${fields.join(' and ')}, on ${operation}`, {
        source: 'reference',
      })
      if (!isHeld) continue
      const detail = fieldOf(jsonOf(exchange), 'detail')
      const named = Array.isArray(detail) ? detail.map((item) => show(fieldOf(item, 'loc'))) : []
      for (const field of fields) {
        const isNamed = named.some((loc) => loc.includes(`"${field}"`))
        trial.prefer(exchange, isNamed, `an entry of \`detail\` whose \`loc\` names ${field}`, show(detail))
      }
    }
  },
}

const noTrace: Case = {
  id: 'submit.no-trace',
  over: { operation: IMAGE_OPERATIONS, refusal: ['422', '402', '401', '403'] },
  async run({ trial, scene, session }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const { alice } = place
      const broke = place.broke as Caller
      const id = randomUUID()
      const before = { alice: await place.balance(alice), broke: await place.balance(broke) }
      const unpaid = { client_request_id: id }
      const nobody = session.stranger(trial, null)
      const unknown = session.stranger(trial, randomKey())
      const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
      const invalid = await place.ask(alice, operation, { client_request_id: id, response_mode: 'bytes' })
      if (invalid.status < 400) {
        trial.leave({ operation, refusal: '422' }, 'it was not refused: see submit.bytes-refused')
        continue
      }
      const attempts: [string, Exchange][] = [
        ['422', invalid],
        ['422', await place.ask(alice, operation, { client_request_id: id, num_output_images: 'many' })],
        ['402', await place.ask(broke, operation, { ...unpaid, ...(mailbox && { callback_url: mailbox.url }) })],
        ['401', await place.ask(unknown, operation, { client_request_id: id })],
        ['403', await place.ask(nobody, operation, { client_request_id: id })],
      ]
      for (const [status, exchange] of attempts) {
        trial.expect(exchange, exchange.status >= 400, `${status}, on ${operation}`, seenStatus(exchange))
        trial.mark({ operation, refusal: status })
      }
      const balances = async () => ({ alice: await place.balance(alice), broke: await place.balance(broke) })
      trial.equal(null, await balances(), before, `the balances after refused submits of ${operation}`)
      await place.levers.clock.settle()
      trial.equal(null, await balances(), before, `the balances once all is settled, of ${operation}`)
      const isSilent = mailbox === null || mailbox.count === 0
      trial.expect(
        mailbox?.arrivals[0] ?? null,
        isSilent,
        `nobody to be called after a 402, on ${operation}`,
        'a callback',
      )
      await holdNewJob(trial, place, alice, { operation, id, when: 'after a 422' })
      await place.deposit(broke, '10')
      await holdNewJob(trial, place, broke, { operation, id, when: 'after a 402, once it can be paid' })
    }
  },
}

interface Retry {
  readonly operation: JobOperation
  readonly id: string
  readonly when: string
}

/** The refusal did not use up the id: it makes a job, which can be polled and is paid for. */
async function holdNewJob(trial: Trial, place: Scene, caller: Caller, { operation, id, when }: Retry): Promise<void> {
  const before = await place.balance(caller)
  const exchange = await place.ask(caller, operation, { client_request_id: id })
  const expected = `a new job of ${operation} for the same \`client_request_id\` ${when}`
  const jobId = fieldOf(jsonOf(exchange), 'job_id')
  const isMade = exchange.status < 300 && typeof jobId === 'string'
  if (!trial.expect(exchange, isMade, expected, seenStatus(exchange)) || !isMade) return
  trial.status(await caller.poll(jobId), 200, `for the ${expected}`)
  const { available } = await place.balance(caller)
  trial.expect(exchange, available < before.available, `${expected}, reserved for now`, 'nothing was reserved')
}

function randomKey(): string {
  return `no-such-key-${randomBytes(12).toString('hex')}`
}

/** Keys that are not an account's: none, and all kinds of almost. */
const KEYS = [
  'none',
  'empty',
  'unknown',
  'cut',
  'longer',
  'changed at its end',
  'in another case',
  'in quotes',
  'parted by a blank',
] as const

const auth: Case = {
  id: 'submit.auth',
  over: { endpoint: Object.keys(operations), key: KEYS },
  looksAt: succeeds,
  async run(stage) {
    const { trial, session, scene } = stage
    const place = await scene()
    const [plan] = session.stories.plans.filter(succeeds)
    const shared = place.world === null && plan ? await stage.story(plan) : null
    const jobId = shared?.jobId ?? (await place.submit(place.alice, 'generate')).jobId
    const profileId = !(await place.hasProfiles())
      ? null
      : place.world === null
        ? await readyProfile(place.alice)
        : await trainProfile(place)
    for (const { operationId, tag } of Object.values(operations)) {
      if (tag === 'Profiles' && !(await place.hasProfiles())) {
        trial.leave({ endpoint: operationId }, 'the implementation has no endpoints of profiles')
        continue
      }
      // What cannot be undone is tried on nothing.
      const isSafe = operationId !== 'deleteProfile' || place.world !== null
      const id = operationId === 'getJob' ? jobId : isSafe ? profileId : null
      for (const kind of KEYS) {
        const key = keyOf(kind, place.alice.identity.key ?? '')
        if (key === undefined) {
          trial.leave({ key: kind }, 'the key has no letters')
          continue
        }
        const exchange = await knock(place, session.stranger(trial, key), operationId, id)
        judgeKnock(trial, exchange, kind, operationId, id)
        trial.mark({ endpoint: operationId, key: kind })
      }
    }
  },
}

/** @returns `null` for no key at all; `undefined` if there is none of that kind */
function keyOf(kind: (typeof KEYS)[number], key: string): string | null | undefined {
  const last = key.at(-1) ?? ''
  switch (kind) {
    case 'none':
      return null
    case 'empty':
      return ''
    case 'unknown':
      return randomKey()
    case 'cut':
      return key.slice(0, -1)
    case 'longer':
      return `${key}x`
    case 'changed at its end':
      return key.slice(0, -1) + (last === '0' ? '1' : '0')
    case 'in another case': {
      const other = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase()
      return other === key ? undefined : other
    }
    case 'in quotes':
      return `"${key}"`
    case 'parted by a blank':
      return `${key.slice(0, 3)} ${key.slice(3)}`
    default:
      return kind satisfies never
  }
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
  kind: (typeof KEYS)[number],
  operationId: OperationId,
  id: string | null,
): void {
  const { pathParameters, method, path } = operations[operationId]
  const what = `${kind === 'none' ? 'without a key' : `with a key that is ${kind}`}, on ${method} ${path}`
  const status = kind === 'none' ? 403 : 401
  // Of what is not there, nobody promised that the key is judged first.
  if (pathParameters.length > 0 && id === null && exchange.status === 404)
    trial.prefer(exchange, false, `${status} ${what}`, '404')
  else if (kind === 'empty') trial.refused(exchange, [403, 401], what)
  else trial.status(exchange, status, what)
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, each) => total + each, 0)
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
