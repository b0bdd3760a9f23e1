import { isDeepStrictEqual } from 'node:util'
import { type Job, operations } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, statusOf } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { holdBody, isMoment } from '../shape.ts'
import type { Story, StoryName } from '../stories.ts'
import { show, type Trial } from '../trial.ts'
import { NotTried } from '../verdict.ts'
import { expiry } from './expiry.ts'
import { holdHidden, randomId, withoutQueries } from './hidden.ts'

const ALL: readonly StoryName[] = [...IMAGE_OPERATIONS, 'failing']
const ONE_IMAGE = highestPrice('generate', {})

/** A case that looks at each of these jobs. */
function ofEach(id: string, stories: readonly StoryName[], look: (trial: Trial, story: Story) => void): Case {
  return {
    id,
    stories,
    async run({ trial, story }) {
      const problems: unknown[] = []
      for (const name of stories) {
        await story(name).then(
          (told) => look(trial, told),
          (error: unknown) => problems.push(error),
        )
      }
      // The other jobs were looked at first: all that is wrong is told at once.
      if (problems.length > 0) throw problems[0]
    },
  }
}

const shape = ofEach('poll.shape', ALL, (trial, { polls }) => {
  const validate = operations.getJob.responses[200]?.validate
  for (const poll of polls) if (validate) holdBody(trial, poll, validate)
})

const operation = ofEach('poll.operation', ALL, (trial, { polls, operation: wanted }) => {
  for (const poll of polls) {
    const seen = fieldOf(jsonOf(poll), 'operation')
    trial.expect(poll, seen === wanted, `\`operation\` to be "${wanted}"`, show(seen))
  }
})

const ORDER = ['pending', 'running', 'succeeded', 'failed']

const monotonic: Case = {
  id: 'poll.monotonic',
  stories: ALL,
  cost: ONE_IMAGE,
  async run(stage) {
    const { trial, scene } = stage
    await ofEach('', ALL, (_, { polls }) => {
      polls.forEach((poll, nth) => {
        const [was, is] = [statusOf(polls[nth - 1] ?? poll), statusOf(poll)]
        const isForward = ORDER.indexOf(is ?? '') >= ORDER.indexOf(was ?? '')
        trial.expect(poll, isForward && ORDER.includes(is ?? ''), `a status that follows ${show(was)}`, show(is))
      })
    }).run(stage)
    const place = await scene()
    const { jobId } = await place.submit(place.alice, 'generate', { num_output_images: 1 })
    const first = (await place.finish(place.alice, jobId)).at(-1) as Exchange
    for (let nth = 0; nth < 3; nth++) {
      await place.pass(place.world === null ? 300 : 60_000)
      const again = await place.alice.poll(jobId)
      const isSame = isDeepStrictEqual(withoutQueries(jsonOf(again)), withoutQueries(jsonOf(first)))
      if (!trial.expect(again, isSame, `the terminal job to stay ${show(jsonOf(first))}`, show(jsonOf(again)))) continue
      const isSigned = isDeepStrictEqual(jsonOf(again), jsonOf(first))
      trial.prefer(again, isSigned, 'download URLs that stay as they are', 'URLs that are signed anew')
    }
  },
}

const unfinished: Case = {
  id: 'poll.unfinished',
  stories: ALL,
  async run(stage) {
    await ofEach('', ALL, (trial, { polls }) => {
      for (const poll of polls.filter((each) => !isTerminal(each))) {
        for (const field of ['result', 'error', 'completed_at']) {
          const value = fieldOf(jsonOf(poll), field)
          trial.prefer(poll, value === null, `\`${field}\` to be null while ${String(statusOf(poll))}`, show(value))
        }
      }
    }).run(stage)
    if (stage.trial.looks === 0) throw new NotTried('no job was seen before its end')
  },
}

const succeeded = ofEach('poll.succeeded', IMAGE_OPERATIONS, (trial, { terminal, body, downloads }) => {
  const job = jsonOf(terminal) as Job
  if (!trial.expect(terminal, job.status === 'succeeded', '`status` to be "succeeded"', show(job))) return
  const outputs = Number(body['num_output_images'] ?? 1)
  const { images, download_urls: urls, known_subjects: subjects } = (job.result ?? {}) as Record<string, unknown>
  trial.expect(terminal, Array.isArray(images) && images.length === 0, '`images` to be empty', show(images))
  const isRight = Array.isArray(urls) && urls.length === outputs && urls.every((url) => typeof url === 'string')
  trial.expect(terminal, isRight, `\`download_urls\` to hold ${outputs}, one for each output`, show(urls))
  trial.expect(
    terminal,
    fieldOf(subjects, 'counts') !== undefined,
    '`known_subjects.counts`, as in a synchronous result',
    show(subjects),
  )
  trial.expect(terminal, job.error === null, '`error` to be null', show(job.error))
  const [from, to] = [Date.parse(String(job.created_at)), Date.parse(String(job.completed_at))]
  trial.expect(
    terminal,
    !(to < from),
    '`completed_at` not before `created_at`',
    `${job.created_at} and ${job.completed_at}`,
  )
  trial.expect(terminal, job.completed_at != null, '`completed_at`', show(job.completed_at))
  for (const download of downloads) trial.show(download)
})

const failed = ofEach('poll.failed', ['failing'], (trial, { terminal }) => {
  const job = jsonOf(terminal) as Job
  trial.expect(terminal, job.status === 'failed', '`status` to be "failed"', show(job.status))
  for (const field of ['code', 'message']) {
    const value = fieldOf(job.error, field)
    trial.expect(terminal, typeof value === 'string' && value !== '', `\`error.${field}\` to be a text`, show(value))
  }
  trial.expect(terminal, job.result === null, '`result` to be null', show(job.result))
  trial.expect(terminal, job.completed_at != null, '`completed_at` to be set', show(job.completed_at))
})

const knownSubjects = ofEach(
  'poll.known-subjects',
  IMAGE_OPERATIONS,
  (trial, { terminal, profileIds, knownSubjects: wanted, body }) => {
    const counts = fieldOf(fieldOf(fieldOf(jsonOf(terminal), 'result'), 'known_subjects'), 'counts')
    const isMap = counts !== null && typeof counts === 'object' && !Array.isArray(counts)
    if (!trial.expect(terminal, isMap, '`known_subjects.counts` to be an object', show(counts))) return
    for (const [id, count] of Object.entries(counts as object)) {
      trial.expect(terminal, profileIds.includes(id), `only profile ids of the request: ${show(profileIds)}`, id)
      const isWhole = Number.isInteger(count) && count >= 0 && count <= Number(body['num_output_images'] ?? 1)
      trial.expect(terminal, isWhole, 'a whole number of outputs', show(count))
    }
    for (const [id, count] of Object.entries(wanted ?? {})) {
      const seen = fieldOf(counts, id)
      trial.expect(terminal, seen === count, `${id} to be counted ${count} times, summed over the outputs`, show(seen))
    }
  },
)

const unknown: Case = {
  id: 'poll.unknown',
  async run({ trial, scene }) {
    const { alice } = await scene()
    trial.status(await alice.poll(randomId()), 404, 'for an id that was never issued')
    trial.status(await alice.poll(randomId()), 404, 'for another one')
  },
}

const scoped: Case = {
  id: 'poll.scoped',
  cost: ONE_IMAGE,
  async run({ trial, scene }) {
    const place = await scene()
    const { jobId } = await place.submit(place.alice, 'generate')
    await holdHidden(trial, place.other, jobId, 'another account’s job')
    await place.finish(place.alice, jobId)
    await holdHidden(trial, place.other, jobId, 'another account’s finished job')
  },
}

const noEffect: Case = {
  id: 'poll.no-effect',
  async run({ trial, scene }) {
    const place = await scene()
    const { alice } = place
    const { jobId } = await place.submit(alice, 'generate')
    const { jobId: leftAlone } = await place.submit(alice, 'generate')
    const pending = await place.balance()
    for (let nth = 0; nth < 3; nth++) await alice.poll(jobId)
    trial.equal(null, await place.balance(), pending, 'the balance after polling a pending job')
    await place.levers.clock.settle()
    const settled = await place.balance()
    for (let nth = 0; nth < 4; nth++) await alice.poll(jobId)
    trial.equal(null, await place.balance(), settled, 'the balance after polling a finished job')
    await place.pass(RETENTION_WITH_CLOCK_MS + 2_000)
    const unpolled = await alice.poll(leftAlone)
    const polled = await alice.poll(jobId)
    const isSame = polled.status === unpolled.status
    trial.expect(
      polled,
      isSame,
      `a polled job to be kept as long as one that is not (${unpolled.status})`,
      `${polled.status}`,
    )
  },
}

const timestamps = ofEach('poll.timestamps', ALL, (trial, { polls }) => {
  for (const poll of polls) {
    for (const field of ['created_at', 'completed_at']) {
      const value = fieldOf(jsonOf(poll), field)
      if (value === null || value === undefined) continue
      if (!trial.expect(poll, isMoment(value), `\`${field}\` to be RFC 3339`, show(value))) continue
      trial.prefer(poll, /^[^.]+Z$/.test(value as string), `\`${field}\` in whole seconds, with a Z`, show(value))
    }
  }
})

/** That a time is right, and not only well formed, shows where the clock is known. */
const truthful: Case = {
  ...timestamps,
  async run(stage) {
    await timestamps.run(stage)
    const { trial, scene } = stage
    const place = await scene()
    if (place.world === null) return
    const { now } = await place.world.clock.read()
    const { jobId } = await place.submit(place.alice, 'generate')
    const poll = await place.alice.poll(jobId)
    const created = Date.parse(String(fieldOf(jsonOf(poll), 'created_at')))
    const isNow = Math.abs(created - Date.parse(now)) < 2_000
    trial.expect(
      poll,
      isNow,
      `\`created_at\` to be in UTC: the clock shows ${now}`,
      show(fieldOf(jsonOf(poll), 'created_at')),
    )
  },
}

export const poll: readonly Case[] = [
  shape,
  operation,
  monotonic,
  unfinished,
  succeeded,
  failed,
  knownSubjects,
  unknown,
  scoped,
  expiry.retained,
  expiry.expired,
  expiry.expiredScoped,
  noEffect,
  truthful,
]
