import { createHmac } from 'node:crypto'
import {
  type Book,
  isOver,
  isSumOfSome,
  JOB_MS,
  type JobNote,
  type JobView,
  PRICE,
  SAFE_MS,
  type Span,
  TRAINING_PRICE,
  TRAINING_RANK,
  type WorldNote,
} from './book.ts'
import type { Answer, Client } from './client.ts'
import { type Scene, see } from './load.ts'

/** How far from the wall a clock may be that follows it, in ms of the wall. */
const SLACK_MS = 250
const OLD_ONES = 10

interface Account {
  id: string
  keys: string[]
  webhook_signing_secret: string
  deposited_micro_usd: number
  available_micro_usd: number
  reserved_micro_usd: number
  spent_micro_usd: number
}

interface Entry {
  seq: number
  kind: string
  amount_micro_usd: number
  subject: string | null
  available_micro_usd: number
  reserved_micro_usd: number
  spent_micro_usd: number
}

type ListedJob = JobView & { account: string; prompt: string; client_request_id: string | null }

interface Profile {
  profile_id: string
  account: string
  status: string
}

/** What one World says of itself while its clock stands. */
interface Look {
  readonly nowMs: number
  /** Of `nowMs`. */
  readonly wall: Span
  readonly frozen: boolean
  readonly mode: string
  readonly accounts: readonly Account[]
  readonly jobs: readonly ListedJob[]
  readonly ledgers: ReadonlyMap<string, { entries: readonly Entry[]; folded: number }>
  readonly profiles: readonly Profile[]
  readonly scenarios: ReadonlySet<string>
}

interface Problem {
  kind: string
  example: string
}

/** Holds a World that was started anew against what its clients were told, and lets it go on. */
export async function audit(scene: Scene, world: WorldNote, client: Client): Promise<void> {
  const { broke, tried } = scene
  const look = await lookAt(world, client)
  if (typeof look === 'string') {
    broke('a World is gone', look, world.mode)
    return
  }
  const tries = world.books.map((book) => ({ book, problems: compare(scene, world, book, look) }))
  tries.sort((a, b) => a.problems.length - b.problems.length)
  const [{ book, problems }] = tries as [(typeof tries)[0]]
  for (const { kind, example } of problems) broke(kind, example, world.mode)
  world.books = [book]
  tried('jobs checked', learn(scene, book, look))
  await askAgain(scene, world, book, client)
  book.clock = { nowMs: look.nowMs, wall: look.wall, frozen: look.frozen, mostMs: look.nowMs }
  if (world.mode !== 'manual' && !look.frozen) {
    const fromMs = performance.now()
    const answer = await client.control('PATCH', `/worlds/${world.id}/clock`, { frozen: false })
    if (answer.status !== 200) broke(`a clock that goes on is answered ${answer.status}`, answer.text, world.mode)
    book.clock.wall = { fromMs, toMs: performance.now() }
  }
}

async function lookAt({ id, mode }: WorldNote, client: Client): Promise<Look | string> {
  const path = `/worlds/${id}`
  const clock = await client.control('GET', `${path}/clock`)
  if (clock.status !== 200) return `${path}/clock is answered ${clock.status}: ${clock.text}`
  const fromMs = performance.now()
  const stopped = mode === 'manual' ? clock : await client.control('PATCH', `${path}/clock`, { frozen: true })
  const wall = { fromMs, toMs: performance.now() }
  const names = ['', '/jobs', '/profiles', '/scenarios', '/accounts/a/ledger', '/accounts/b/ledger']
  const answers: Answer[] = [stopped]
  for (const name of names) answers.push(await client.control('GET', path + name))
  const wrong = answers.findIndex(({ status }) => status !== 200)
  if (wrong >= 0) return `${path}${names[wrong - 1]} is answered ${answers[wrong]?.status}: ${answers[wrong]?.text}`
  const [, whole, jobs, profiles, scenarios, a, b] = answers.map(({ body }) => body)
  return {
    nowMs: Date.parse(stopped.body.now),
    wall,
    frozen: clock.body.frozen,
    mode: clock.body.mode,
    accounts: whole.accounts,
    jobs: jobs.jobs,
    ledgers: new Map([
      ['a', a],
      ['b', b],
    ]),
    profiles: profiles.profiles,
    scenarios: new Set(scenarios.scenarios.map((each: { id: string }) => each.id)),
  }
}

function compare(scene: Scene, world: WorldNote, book: Book, look: Look): Problem[] {
  const problems: Problem[] = []
  const expect = (holds: boolean, kind: string, example: () => unknown): void => {
    if (!holds) problems.push({ kind, example: JSON.stringify(example()) })
  }
  compareClock(world, book, look, expect)
  compareJobs(scene, book, look, expect)
  for (const account of look.accounts) compareAccount(book, look, account, expect)
  expect(look.accounts.length === book.accounts.size, 'the accounts are others', () => look.accounts)
  for (const [id, { rank }] of book.trainings) {
    const profile = look.profiles.find(({ profile_id }) => profile_id === id)
    expect(profile !== undefined, 'a profile that was answered is lost', () => id)
    expect((TRAINING_RANK[profile?.status ?? ''] ?? 0) >= rank, 'a training stepped back', () => profile)
  }
  for (const [id, state] of book.scenarios)
    expect(state === 'open' || (state === 'there') === look.scenarios.has(id), 'scenarios are others', () => [
      id,
      state,
    ])
  for (const id of look.scenarios) expect(book.scenarios.has(id), 'a scenario that nobody made', () => id)
  return problems
}

type Expect = (holds: boolean, kind: string, example: () => unknown) => void

function compareClock(world: WorldNote, { clock }: Book, look: Look, expect: Expect): void {
  const both = () => ({ was: clock, is: { now: look.nowMs, wall: look.wall, frozen: look.frozen } })
  expect(look.mode === world.mode, 'a clock has another mode', () => look.mode)
  expect(look.nowMs >= clock.nowMs, 'a clock went back', both)
  expect(clock.frozen === 'open' || clock.frozen === look.frozen, 'a frozen clock goes, or the other way round', both)
  if (world.mode === 'manual') expect(look.nowMs <= clock.mostMs, 'a manual clock moved by itself', both)
  if (clock.frozen === true && look.frozen) expect(look.nowMs === clock.nowMs, 'a frozen clock moved', both)
  if (world.mode !== 'real' || clock.frozen !== false || clock.wall === null) return
  const movedMs = (look.nowMs - clock.nowMs) / world.speed
  const leastMs = look.wall.fromMs - clock.wall.toMs - SLACK_MS
  const mostMs = look.wall.toMs - clock.wall.fromMs + SLACK_MS
  expect(movedMs >= leastMs, 'time that the server was down is lost', () => ({ movedMs, leastMs }))
  expect(movedMs <= mostMs, 'a clock goes too fast', () => ({ movedMs, mostMs }))
}

function compareJobs({ receiver }: Scene, book: Book, { jobs, nowMs }: Look, expect: Expect): void {
  const byNumber = Map.groupBy(jobs, ({ prompt }) => numberOf(prompt))
  for (const note of book.jobs.values()) {
    const [job, ...more] = byNumber.get(note.n) ?? []
    expect(more.length === 0, 'a submit exists more than once', () => [job, ...more])
    if (note.id !== null) {
      const isPast = nowMs >= note.sentMs + SAFE_MS
      expect(job !== undefined || isPast || note.isExpired, 'an answered submit is lost', () => note)
      expect(job === undefined || job.job_id === note.id, 'an answered submit has another id', () => ({ note, job }))
      expect(job === undefined || !note.isExpired, 'an expired job is back', () => ({ note, job }))
    }
    if (job === undefined) continue
    expect(
      job.account === note.account && job.client_request_id === note.key,
      'a job is another’s, or has another client_request_id',
      () => ({ note, job }),
    )
    see({ broke: (kind, example) => expect(false, kind, () => example) }, { ...note }, job)
    if (isOver(job) && !note.isForced && !note.isForked) {
      const took = Date.parse(job.completed_at ?? '') - Date.parse(job.created_at)
      expect(took === JOB_MS, 'a job did not end at its own instant', () => job)
    }
    compareCallbacks(note, receiver.arrivals.get(note.n) ?? [], book, job, expect)
  }
  for (const [n, [job]] of byNumber) expect(book.jobs.has(n), 'a job that nobody asked for', () => job)
}

type Arrivals = readonly { body: string; signature: string }[]

/** What a callback told is as good as an answer. */
function compareCallbacks(note: JobNote, arrivals: Arrivals, book: Book, job: JobView, expect: Expect): void {
  const [first] = arrivals
  if (first === undefined || note.isForked) return
  const view = JSON.parse(first.body) as JobView
  expect(
    view.status === job.status && view.completed_at === job.completed_at,
    'a callback told of what is not kept',
    () => ({ view, job }),
  )
  expect(
    arrivals.every(({ body, signature }) => body === first.body && signature === first.signature),
    'a callback is sent again with another body or signature',
    () => arrivals,
  )
  const secrets = [...(book.accounts.get(note.account)?.secrets ?? [])]
  expect(
    secrets.some((secret) => isSignedBy(secret, first)),
    'a callback has a wrong signature',
    () => first,
  )
}

export function isSignedBy(secret: string, { body, signature }: { body: string; signature: string }): boolean {
  return signature === `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

function compareAccount(book: Book, look: Look, account: Account, expect: Expect): void {
  const { id } = account
  const note = book.accounts.get(id)
  if (!note) {
    expect(false, 'an account that nobody made', () => account)
    return
  }
  const { deposited_micro_usd, available_micro_usd, reserved_micro_usd, spent_micro_usd } = account
  expect(account.keys.length === 1 && account.keys[0] === note.key, 'keys are others', () => account)
  expect(note.isSecretOpen || account.webhook_signing_secret === note.secret, 'a webhook secret is another', () => ({
    note,
    account,
  }))
  expect(
    deposited_micro_usd === available_micro_usd + reserved_micro_usd + spent_micro_usd,
    'money is not conserved',
    () => account,
  )
  expect(
    isSumOfSome(deposited_micro_usd - note.depositedMicroUsd, note.openDeposits),
    'deposits are lost, or there are too many',
    () => ({ note, account }),
  )
  const jobs = look.jobs.filter((job) => job.account === id)
  const profiles = look.profiles.filter((profile) => profile.account === id)
  const isThere = new Set(jobs.map(({ prompt }) => numberOf(prompt)))
  const expired = [...book.jobs.values()].filter((one) => one.account === id && one.id !== null && !isThere.has(one.n))
  const countOf = (fate: string): number => expired.filter((one) => one.fate === fate).length
  const ready = profiles.filter(({ status }) => status === 'READY').length
  const reserved = jobs.filter((job) => !isOver(job)).length * PRICE + (profiles.length - ready) * TRAINING_PRICE
  const spent =
    (jobs.filter(({ status }) => status === 'succeeded').length + countOf('succeeds')) * PRICE + ready * TRAINING_PRICE
  expect(reserved_micro_usd === reserved, 'what is reserved is not what runs', () => ({ account, expected: reserved }))
  expect(
    // One whose submit was not answered may have expired as well.
    spent_micro_usd >= spent &&
      (spent_micro_usd - spent) % PRICE === 0 &&
      spent_micro_usd <= spent + (countOf('either') + openOf(book, look, id)) * PRICE,
    'a job is not charged, or more than once',
    () => ({ account, expected: spent, either: countOf('either') }),
  )
  const strange = profiles.filter(({ profile_id }) => !book.trainings.has(profile_id))
  expect(strange.length <= note.openTrainings, 'a profile that nobody asked for', () => strange)
  compareEntries(look, account, jobs, expect)
}

/** Unanswered submits that may have expired unseen. */
function openOf({ jobs }: Book, look: Look, account: string): number {
  return [...jobs.values()].filter(
    (note) => note.account === account && note.id === null && look.nowMs >= note.sentMs + SAFE_MS,
  ).length
}

function compareEntries(look: Look, account: Account, jobs: readonly ListedJob[], expect: Expect): void {
  const { entries, folded } = look.ledgers.get(account.id) ?? { entries: [], folded: 0 }
  const last = entries.at(-1)
  expect(
    entries.every(({ seq }, i) => i === 0 || seq > (entries[i - 1]?.seq ?? 0)),
    'ledger entries are out of order',
    () => entries.map(({ seq }) => seq),
  )
  expect(
    // Those of an expired job are gone, whatever came after them.
    last === undefined ||
      folded > 0 ||
      (last.available_micro_usd === account.available_micro_usd &&
        last.reserved_micro_usd === account.reserved_micro_usd &&
        last.spent_micro_usd === account.spent_micro_usd),
    'the ledger does not end at the balance',
    () => ({ last, account }),
  )
  const bySubject = Map.groupBy(entries, ({ subject }) => subject)
  for (const job of jobs) {
    const kinds = (bySubject.get(job.job_id) ?? []).map(({ kind, amount_micro_usd }) => `${kind} ${amount_micro_usd}`)
    const ends: Record<string, string[]> = { succeeded: [`settlement ${PRICE}`], failed: [`release ${PRICE}`] }
    const expected = [`reservation ${PRICE}`, ...(ends[job.status] ?? [])]
    expect(kinds.join() === expected.join(), 'a job is not booked once', () => ({ job, kinds }))
  }
  const known = new Set([...jobs.map(({ job_id }) => job_id), ...look.profiles.map(({ profile_id }) => profile_id)])
  for (const subject of bySubject.keys())
    expect(subject === null || known.has(subject), 'money is booked for what is not there', () =>
      bySubject.get(subject),
    )
}

/** Takes over what nobody was told of yet. @returns how many jobs are known */
function learn(scene: Scene, book: Book, look: Look): number {
  const byNumber = new Map(look.jobs.map((job) => [numberOf(job.prompt), job]))
  for (const note of [...book.jobs.values()]) {
    note.isAskedAgain = false
    const job = byNumber.get(note.n)
    if (note.id === null) scene.tried(job ? 'unanswered submits that happened' : 'unanswered submits that did not')
    if (job) {
      note.id ??= job.job_id
      book.ids.add(job.job_id)
      see({ broke: () => undefined }, note, job)
    } else if (note.id !== null) note.isExpired = true
    // Whoever gave it a client_request_id tries again.
    else if (note.key === null || look.nowMs >= note.sentMs + SAFE_MS) book.jobs.delete(note.n)
  }
  for (const account of look.accounts) {
    const note = book.accounts.get(account.id)
    if (!note) continue
    note.secret = account.webhook_signing_secret
    note.secrets.add(note.secret)
    note.isSecretOpen = false
    note.depositedMicroUsd = account.deposited_micro_usd
    note.openDeposits = []
    note.openTrainings = 0
  }
  for (const { profile_id, account, status } of look.profiles)
    book.trainings.set(profile_id, { account, rank: TRAINING_RANK[status] ?? 0 })
  for (const id of book.scenarios.keys()) book.scenarios.set(id, look.scenarios.has(id) ? 'there' : 'gone')
  return book.jobs.size
}

/** As clients do that got no answer, or lost it; while the clock stands. */
async function askAgain(scene: Scene, world: WorldNote, book: Book, client: Client): Promise<void> {
  const { broke, tried, random } = scene
  const notes = [...book.jobs.values()]
  const recent = notes.slice(-40)
  const old = notes.filter(() => random() < OLD_ONES / notes.length)
  const wrong = (kind: string, note: JobNote, { status, text }: Answer): void =>
    broke(kind, `${JSON.stringify(note)}\n${status} ${text}`, world.mode)
  const before = await reservedBy(world, client)
  let made = 0
  for (const note of new Set([...notes.filter(({ id }) => id === null), ...recent, ...old])) {
    const { key = '' } = book.accounts.get(note.account) ?? {}
    if (note.id !== null) {
      const answer = await client.api(key, 'GET', `/jobs/${note.id}`)
      tried('polls')
      if (answer.status !== (note.isExpired ? 410 : 200))
        wrong(`an answered job is polled with ${answer.status}`, note, answer)
      else if (answer.status === 200) see(scene, note, answer.body)
      check(answer)
    }
    if (note.key === null || note.isExpired) continue
    const answer = await client.api(key, 'POST', '/generate', note.body)
    check(answer)
    tried('replays')
    const id: string | undefined = answer.body?.job_id
    if (answer.status !== 202 || id === undefined) wrong('a replay is refused', note, answer)
    else if (note.id === null) {
      if (book.ids.has(id)) wrong('an id comes twice', note, answer)
      book.ids.add(id)
      note.id = id
      made++
    } else if (id !== note.id) wrong('a replay answers another job', note, answer)
  }
  const after = await reservedBy(world, client)
  // A manual clock stands, and the others are stopped; auto moves for whoever polls, unless it is stopped.
  if (after !== before + made * PRICE)
    broke('a replay is charged', `reserved ${before}, then ${after} after ${made} new jobs`, world.mode)

  function check({ requestId }: Answer): void {
    if (requestId === null) return
    if (book.ids.has(requestId)) broke('an id comes twice', `the request ${requestId}`, world.mode)
    book.ids.add(requestId)
  }
}

async function reservedBy({ id }: WorldNote, client: Client): Promise<number> {
  const { body } = await client.control('GET', `/worlds/${id}`)
  return ((body?.accounts ?? []) as Account[]).reduce((sum, each) => sum + each.reserved_micro_usd, 0)
}

function numberOf(prompt: string): number {
  return Number(/\d+$/.exec(prompt)?.[0])
}

/** Worlds that come and go are there or gone, whole. */
export async function auditPassing({ ledger, broke, tried }: Scene, client: Client): Promise<void> {
  const { body } = await client.control('GET', '/worlds')
  const there = new Set((body?.worlds ?? []).map((each: { id: string }) => each.id) as string[])
  for (const world of ledger.passing.values()) {
    const is = there.has(world.id)
    if (world.state !== 'open' && is !== (world.state === 'there'))
      broke(is ? 'a removed World is back' : 'a World that was answered is lost', JSON.stringify(world))
    const poll = await client.api(world.key, 'GET', `/jobs/${world.jobId ?? '0'.repeat(32)}`)
    const expected = is ? (world.jobId === null ? 404 : 200) : 401
    if (poll.status !== expected)
      broke(`a World that is ${is ? 'there' : 'gone'} answers ${poll.status}`, `${JSON.stringify(world)}\n${poll.text}`)
    tried('Worlds checked that come and go')
    if (!is) ledger.passing.delete(world.id)
    world.state = is ? 'there' : 'gone'
  }
  const known = new Set([...ledger.worlds.map(({ id }) => id), ...ledger.passing.keys(), 'default'])
  const strange = [...there].filter((id) => !known.has(id))
  if (strange.length > ledger.openCreations) broke('a World that nobody asked for', strange.join())
  ledger.openCreations = 0
  for (const id of strange) {
    if (ledger.worldIds.has(id)) broke('an id comes twice', `the World ${id}`)
    ledger.worldIds.add(id)
    await client.control('DELETE', `/worlds/${id}`)
  }
}
