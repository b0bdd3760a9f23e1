import { randomUUID } from 'node:crypto'
import type { JobOperation } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice, publishedFloor } from '../prices.ts'
import type { ImageBody } from '../requests.ts'
import { jobIdOf, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'

const ONE_IMAGE = highestPrice('generate', {})

/** A replay is answered with the original job. That it is 202 is only a choice. */
function holdReplay(trial: Trial, replay: Exchange, jobId: string, when = ''): boolean {
  const seen = fieldOf(jsonOf(replay), 'job_id')
  const isSame = replay.status < 300 && seen === jobId
  if (
    !trial.expect(
      replay,
      isSame,
      `the original \`job_id\` ${jobId}${when && ` ${when}`}`,
      replay.status < 300 ? show(seen) : seenStatus(replay),
    )
  )
    return false
  return trial.prefer(replay, replay.status === 202, '202 for a replay', seenStatus(replay))
}

/** The same submit again. What it is answered with is judged here alone: the status of a replay is a choice. */
function again(place: Scene, caller: Caller, operation: JobOperation, body: ImageBody): Promise<Exchange> {
  return place.ask(caller, operation, body, true)
}

const sameJob: Case = {
  id: 'idem.same-job',
  cost: ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    for (let nth = 0; nth < 2; nth++) holdReplay(trial, await again(place, place.alice, 'generate', id), jobId)
    const poll = await place.alice.poll(jobId)
    trial.status(poll, 200, 'for the id that the replay answered')
  },
}

const AT_ONCE = 12

const parallel: Case = {
  id: 'idem.parallel',
  cost: ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    // Several rounds, because a race is lost only now and then; alone one costs in real money.
    const rounds = place.world === null ? 1 : 3
    for (let round = 0; round < rounds; round++) {
      const id = { client_request_id: randomUUID() }
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => again(place, place.alice, 'generate', id)),
      )
      const ids = new Set(answers.map((answer) => jobIdOf(answer)))
      trial.expect(
        answers[0] ?? null,
        ids.size === 1,
        `one job for ${AT_ONCE} submits at once with one client_request_id`,
        `${ids.size} jobs: ${show([...ids])}`,
      )
    }
  },
}

const chargedOnce: Case = {
  id: 'idem.charged-once',
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    const reserved = await place.balance()
    const replay = await again(place, place.alice, 'generate', id)
    trial.equal(replay, await place.balance(), reserved, 'the balance after a replay')
    await place.levers.clock.settle()
    const settled = await place.balance()
    const late = await again(place, place.alice, 'generate', id)
    // If it made another job, that is idem.after-terminal's to say.
    if (fieldOf(jsonOf(late), 'job_id') !== jobId) return
    await place.levers.clock.settle()
    trial.equal(late, await place.balance(), settled, 'the balance after a replay of a finished job')
  },
}

const scoped: Case = {
  id: 'idem.scoped',
  cost: 2 * ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    const theirs = await place.submit(place.other, 'generate', id)
    trial.expect(theirs.exchange, theirs.jobId !== jobId, 'another job for another account', jobId)
    trial.status(await place.other.poll(theirs.jobId), 200, 'for its own job')
  },
}

const absent: Case = {
  id: 'idem.absent',
  cost: 2 * ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    const first = await place.submit(place.alice, 'generate')
    const second = await place.submit(place.alice, 'generate')
    trial.expect(second.exchange, second.jobId !== first.jobId, 'a job for each of two equal submits', first.jobId)
  },
}

const afterTerminal: Case = {
  id: 'idem.after-terminal',
  // Whatever the failing request is, it is priced as an edit of one image.
  cost: ONE_IMAGE + highestPrice('edit', {}),
  async run({ trial, scene, session }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    await place.finish(place.alice, jobId)
    holdReplay(trial, await again(place, place.alice, 'generate', id), jobId, 'of the succeeded job')
    const { operation, body } = session.settings.failingRequest
    const other = { ...body, client_request_id: randomUUID() }
    await place.world?.scenarios.add({ match: { operation }, effect: { fail: 'GENERATION_FAILED' } })
    const failing = await place.submit(place.alice, operation, other)
    await place.finish(place.alice, failing.jobId)
    holdReplay(trial, await again(place, place.alice, operation, other), failing.jobId, 'of the failed job')
  },
}

const brokeReplay: Case = {
  id: 'idem.broke-replay',
  async run({ trial, scene }) {
    const place = await scene()
    const broke = place.broke as Caller
    const id = { client_request_id: randomUUID() }
    // Enough for one, at the published price, and for no second.
    await place.deposit(broke, ((publishedFloor('enhance', 1) as number) * 1.5 * 1e-6).toFixed(6))
    const { jobId } = await place.submit(broke, 'enhance', id)
    holdReplay(trial, await again(place, broke, 'enhance', id), jobId, 'when there is no money for another')
  },
}

const retryAfter402: Case = {
  id: 'idem.retry-after-402',
  async run({ trial, scene }) {
    const place = await scene()
    const broke = place.broke as Caller
    const id = { client_request_id: randomUUID() }
    const refused = await place.ask(broke, 'generate', id)
    trial.expect(refused, refused.status >= 400, '402 without money', seenStatus(refused))
    await place.deposit(broke, '100')
    const accepted = await place.ask(broke, 'generate', id)
    const jobId = fieldOf(jsonOf(accepted), 'job_id')
    const isMade = accepted.status < 300 && typeof jobId === 'string'
    if (!trial.expect(accepted, isMade, 'a job, once the balance allows', seenStatus(accepted)) || !isMade) return
    trial.status(await broke.poll(jobId), 200, 'for the job')
  },
}

const otherBody: Case = {
  id: 'idem.other-body',
  cost: 2 * ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    const other = await again(place, place.alice, 'generate', { ...id, prompt: 'something else' })
    holdReplay(trial, other, jobId, 'whatever the body')
  },
}

const afterExpiry: Case = {
  id: 'idem.after-expiry',
  async run({ trial, scene }) {
    const place = await scene()
    const id = { client_request_id: randomUUID() }
    const { jobId } = await place.submit(place.alice, 'generate', id)
    await place.finish(place.alice, jobId)
    await place.pass(RETENTION_WITH_CLOCK_MS + 3_600_000)
    const anew = await again(place, place.alice, 'generate', id)
    const seen = fieldOf(jsonOf(anew), 'job_id')
    const isNew = anew.status < 300 && typeof seen === 'string' && seen !== jobId
    trial.expect(
      anew,
      isNew,
      'a new job, once the first one is expired',
      anew.status < 300 ? show(seen) : seenStatus(anew),
    )
  },
}

export const idempotency: readonly Case[] = [
  sameJob,
  parallel,
  chargedOnce,
  scoped,
  absent,
  afterTerminal,
  brokeReplay,
  retryAfter402,
  otherBody,
  afterExpiry,
]
