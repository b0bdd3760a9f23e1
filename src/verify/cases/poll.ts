import { isDeepStrictEqual } from 'node:util'
import { enums, operations } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, statusOf } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { holdBody, isMoment, momentOf } from '../shape.ts'
import type { Story } from '../stories.ts'
import { ACCOUNTS, OUTCOMES, OUTPUTS, type StoryPlan } from '../story-plan.ts'
import { show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { expiry } from './expiry.ts'
import { alike, holdHidden, holdHiddenFromAll, METHODS, randomId, withoutQueries } from './hidden.ts'
import { eachStory, isPastRetention, ofStories } from './over-stories.ts'

const EVERYWHERE = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outcome: OUTCOMES } as const
const succeeds = ({ outcome }: StoryPlan): boolean => outcome === 'succeeded'
const fails = ({ outcome }: StoryPlan): boolean => outcome === 'failed'

const STATES = enums.JobStatus

/** All polls of a job, before and after its end. */
function lookedAt({ polls, later }: Story): Exchange[] {
  return [...polls, ...later.filter(({ status }) => status === 200)]
}

const shape: Case = {
  id: 'poll.shape',
  over: { ...EVERYWHERE, outputs: OUTPUTS },
  looksAt: () => true,
  async run(stage) {
    const { trial, session } = stage
    const validate = operations.getJob.responses[200]?.validate
    const hold = (polls: readonly Exchange[], jobId: unknown): void => {
      for (const poll of polls) {
        if (validate) holdBody(trial, poll, validate)
        const seen = fieldOf(jsonOf(poll), 'job_id')
        trial.expect(poll, seen === jobId, `\`job_id\` to be that of the handle, ${show(jobId)}`, show(seen))
      }
    }
    let problem: unknown = null
    await eachStory(
      stage,
      () => true,
      (story) => hold(lookedAt(story), story.jobId),
    ).catch((error: unknown) => {
      problem = error
    })
    // A job that never ends in the documented words was polled all the same.
    for (const { polls, jobId } of await session.stories.unfinished()) hold(polls, jobId)
    if (problem !== null) throw problem
  },
}

const operation = ofStories({
  id: 'poll.operation',
  over: EVERYWHERE,
  look: (trial, story) => {
    const wanted = story.plan.operation
    for (const poll of lookedAt(story)) {
      const seen = fieldOf(jsonOf(poll), 'operation')
      const check = { kind: 'body', pattern: `"operation" *: *"${wanted}"`, isWanted: true } as const
      trial.expect(poll, seen === wanted, `\`operation\` to be "${wanted}"`, show(seen), { check })
    }
  },
})

const monotonic = ofStories({
  id: 'poll.monotonic',
  over: { ...EVERYWHERE, outputs: OUTPUTS },
  look: (trial, story, { session }) => {
    holdOrder(trial, story)
    holdConstant(trial, story)
    const first = story.terminal
    for (const again of story.later) {
      // A 410 after the retention is not a change of the job.
      if (again.status === 410 && isPastRetention(again, story, session.retentionMs)) continue
      const [seen, wanted] = [jsonOf(again), jsonOf(first)]
      const isSame = isDeepStrictEqual(withoutQueries(seen), withoutQueries(wanted))
      if (!trial.expect(again, isSame, `the ended job to stay ${show(wanted)}`, show(seen ?? again.status))) continue
      const isSigned = isDeepStrictEqual(seen, wanted)
      trial.prefer(again, isSigned, 'download URLs that stay as they are', 'URLs that are signed anew')
    }
  },
})

function holdOrder(trial: Trial, { polls }: Story): void {
  polls.forEach((poll, nth) => {
    const [was, is] = [statusOf(polls[nth - 1] ?? poll), statusOf(poll)]
    const rank = (status: unknown): number => STATES.indexOf(status as (typeof STATES)[number])
    const isForward = rank(is) >= 0 && rank(is) >= rank(was)
    trial.expect(poll, isForward, `a status that follows ${show(was)}`, show(is))
  })
}

/** Fields that must be the same in every poll of a job. */
const CONSTANT = ['operation', 'created_at']

function holdConstant(trial: Trial, { polls }: Story): void {
  const [first] = polls
  for (const poll of polls) {
    for (const field of CONSTANT) {
      const wanted = fieldOf(jsonOf(first as Exchange), field)
      const seen = fieldOf(jsonOf(poll), field)
      trial.expect(poll, seen === wanted, `\`${field}\` to stay ${show(wanted)}`, show(seen))
    }
  }
}

const unfinished = ofStories({
  id: 'poll.unfinished',
  over: { operation: IMAGE_OPERATIONS },
  look: (trial, { polls }) => {
    const open = polls.filter((poll) => !isTerminal(poll))
    if (open.length === 0) throw new NotTried('no poll saw the job before its end')
    for (const poll of open) {
      for (const field of ['result', 'error', 'completed_at']) {
        const value = fieldOf(jsonOf(poll), field)
        trial.prefer(poll, value === null, `\`${field}\` to be null while ${String(statusOf(poll))}`, show(value))
      }
    }
  },
})

const succeeded: Case = {
  id: 'poll.succeeded',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outputs: OUTPUTS },
  looksAt: succeeds,
  async run(stage) {
    const unjudged: CannotJudge[] = []
    await eachStory(stage, succeeds, (story) => holdSucceeded(stage.trial, story))
    // A job that did not end makes the rule an error, because nothing is known about it.
    for (const plan of stage.session.stories.plans.filter(succeeds)) {
      await stage.story(plan).catch((error: unknown) => {
        if (error instanceof CannotJudge) unjudged.push(error)
      })
    }
    if (unjudged[0]) throw unjudged[0]
  },
}

function holdSucceeded(trial: Trial, { terminal, body, downloads }: Story): void {
  const job = jsonOf(terminal)
  const field = (name: string): unknown => fieldOf(job, name)
  const status = field('status')
  const isDone = { kind: 'body', pattern: '"status" *: *"succeeded"', isWanted: true } as const
  if (!trial.expect(terminal, status === 'succeeded', '`status` to be "succeeded"', show(job), { check: isDone }))
    return
  const outputs = Number(body['num_output_images'] ?? 1)
  const result = field('result')
  const [images, urls] = [fieldOf(result, 'images'), fieldOf(result, 'download_urls')]
  const counts = fieldOf(fieldOf(result, 'known_subjects'), 'counts')
  const noImages = { kind: 'body', pattern: '"images" *: *\\[ *\\]', isWanted: true } as const
  trial.expect(terminal, Array.isArray(images) && images.length === 0, '`images` to be empty', show(images), {
    check: noImages,
  })
  const isRight = Array.isArray(urls) && urls.length === outputs && urls.every((url) => typeof url === 'string')
  const check = { kind: 'count', pattern: '"https?:[^"]*"', wanted: outputs } as const
  const expected = `\`download_urls\` to hold ${outputs}, one for each output`
  trial.expect(terminal, isRight, expected, show(urls), { check })
  trial.expect(terminal, counts !== undefined, '`known_subjects.counts`, as in a synchronous result', show(result))
  const error = field('error')
  trial.expect(terminal, error === null || error === undefined, '`error` to be null', show(error))
  const completed = field('completed_at')
  trial.expect(terminal, completed !== null && completed !== undefined, '`completed_at`', show(completed))
  const isInOrder = !(momentOf(completed) < momentOf(field('created_at')))
  const seen = `${show(field('created_at'))} and ${show(completed)}`
  trial.expect(terminal, isInOrder, '`completed_at` not before `created_at`', seen)
  for (const download of downloads) trial.show(download)
}

const failed = ofStories({
  id: 'poll.failed',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  where: fails,
  look: (trial, { terminal }) => {
    const job = jsonOf(terminal)
    const status = fieldOf(job, 'status')
    trial.expect(terminal, status === 'failed', '`status` to be "failed"', show(status))
    for (const field of ['code', 'message']) {
      const value = fieldOf(fieldOf(job, 'error'), field)
      const isText = typeof value === 'string' && value.trim() !== ''
      const check = { kind: 'body', pattern: `"${field}" *: *"[^"]`, isWanted: true } as const
      trial.expect(terminal, isText, `\`error.${field}\` to be a text`, show(value), { check })
    }
    const [result, completed] = [fieldOf(job, 'result'), fieldOf(job, 'completed_at')]
    trial.expect(terminal, result === null || result === undefined, '`result` to be null', show(result))
    const isSet = completed !== null && completed !== undefined
    trial.expect(terminal, isSet, '`completed_at` to be set', show(completed))
    const isInOrder = !(momentOf(completed) < momentOf(fieldOf(job, 'created_at')))
    trial.expect(terminal, isInOrder, '`completed_at` not before `created_at`', show(completed))
  },
})

const knownSubjects = ofStories({
  id: 'poll.known-subjects',
  over: { operation: IMAGE_OPERATIONS },
  where: succeeds,
  look: (trial, { terminal, profileIds, knownSubjects: wanted, body }) => {
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
})

const unknown: Case = {
  id: 'poll.unknown',
  over: { id: ['random', 'like another', 'cut', 'longer', 'very long'] },
  looksAt: succeeds,
  async run(stage) {
    const { trial, scene, session } = stage
    const { alice } = await scene()
    holdUnknown(trial, await alice.poll(randomId()), 'for an id that was never issued')
    trial.mark({ id: 'random' })
    const [plan] = session.stories.plans.filter(succeeds)
    if (!plan) return
    const { jobId, caller } = await stage.story(plan)
    const asking = caller.toldTo(trial.show)
    trial.status(await asking.poll(alike(jobId)), 404, 'for an id like those that were issued')
    trial.mark({ id: 'like another' })
    holdUnknown(trial, await asking.poll(jobId.slice(0, -1)), 'for an id without its last character')
    holdUnknown(trial, await asking.poll(jobId.slice(0, Math.ceil(jobId.length / 2))), 'for the first half of an id')
    trial.mark({ id: 'cut' })
    holdUnknown(trial, await asking.poll(`${jobId}0`), 'for an id with one character more')
    trial.mark({ id: 'longer' })
    holdUnknown(trial, await asking.poll(jobId.repeat(8)), 'for a very long id')
    trial.mark({ id: 'very long' })
  },
}

/** An id that does not have the form of the implementation's ids may be refused with 422. */
function holdUnknown(trial: Trial, poll: Exchange, when: string): void {
  if (poll.status === 422) trial.prefer(poll, false, `404 ${when}`, '422')
  else trial.status(poll, 404, when)
}

const scoped: Case = {
  id: 'poll.scoped',
  over: { ...EVERYWHERE, state: ['unfinished', 'ended'], method: ['GET', ...METHODS] },
  looksAt: () => true,
  async run(stage) {
    const { trial } = stage
    await eachStory(
      stage,
      () => true,
      async (story) => {
        const { plan, foreign, other, jobId, caller } = story
        if (other === null || foreign === null) throw new NotTried('it needs a key of a second account (--other-key)')
        trial.status(foreign, 404, 'for another account’s job')
        trial.mark({ state: 'unfinished', method: 'GET' })
        if (isPastRetention(null, story, stage.session.retentionMs)) {
          throw new NotTried('its retention was over before another account could look at it')
        }
        const stranger = other.toldTo(trial.show)
        const what = `another account’s ${plan.outcome === 'failed' ? 'failed' : 'finished'} job`
        await holdHidden(trial, stranger, jobId, what)
        trial.mark({ state: 'ended' })
        // Of each operation one: what it answers other methods with does not depend on the outputs.
        if (plan.outputs !== '1' || plan.outcome === 'failed') return
        const owner = caller.toldTo(trial.show)
        const [before, again] = [await owner.poll(jobId), await owner.poll(jobId)]
        await holdHiddenFromAll(trial, stranger, jobId, what)
        for (const method of METHODS) trial.mark({ method })
        const after = await owner.poll(jobId)
        // A 410 that is due is no change, and what changes by itself poll.monotonic says.
        if (after.status === 410 || !isDeepStrictEqual(withoutQueries(jsonOf(before)), withoutQueries(jsonOf(again))))
          return
        const isSame = isDeepStrictEqual(withoutQueries(jsonOf(after)), withoutQueries(jsonOf(again)))
        trial.expect(after, isSame, 'the job to be for its owner what it was', show(jsonOf(after) ?? after.status))
      },
    )
  },
}

/** How often a job is polled. Often, so that a charge for some polls only is noticed too. */
const MANY_POLLS = 8

const noEffect: Case = {
  id: 'poll.no-effect',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const name of IMAGE_OPERATIONS) {
      const place = await scene()
      const { alice } = place
      const { jobId } = await place.submit(alice, name)
      const { jobId: leftAlone } = await place.submit(alice, name)
      const pending = await place.balance()
      for (let nth = 0; nth < 3; nth++) await alice.poll(jobId)
      trial.equal(null, await place.balance(), pending, `the balance after polling a pending job of ${name}`)
      await place.levers.clock.settle()
      const settled = await place.balance()
      const polls = name === 'generate' ? MANY_POLLS : 2
      for (let nth = 0; nth < polls; nth++) await alice.poll(jobId)
      trial.equal(null, await place.balance(), settled, `the balance after polling a finished job of ${name}`)
      await place.levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
      const { jobId: doomed } = await place.submit(alice, name, { prompt: 'doomed' })
      await place.levers.clock.settle()
      const failed = await place.balance()
      for (let nth = 0; nth < 2; nth++) await alice.poll(doomed)
      trial.equal(null, await place.balance(), failed, `the balance after polling a failed job of ${name}`)
      await place.pass(RETENTION_WITH_CLOCK_MS + 10_000)
      const unpolled = await alice.poll(leftAlone)
      const polled = await alice.poll(jobId)
      const isSame = polled.status === unpolled.status
      const expected = `a polled job to be kept as long as one that is not (${unpolled.status})`
      trial.expect(polled, isSame, expected, `${polled.status}`)
      trial.mark({ operation: name })
    }
  },
}

/** With a control API the clock is known, so that times are checked too, and not only their format. */
const timestamps: Case = {
  id: 'poll.timestamps',
  over: EVERYWHERE,
  looksAt: () => true,
  async run(stage) {
    const { trial } = stage
    await eachStory(
      stage,
      () => true,
      (story) => {
        for (const poll of lookedAt(story)) holdMoments(trial, poll)
        holdTruth(trial, story)
      },
    )
  },
}

function holdMoments(trial: Trial, poll: Exchange): void {
  for (const field of ['created_at', 'completed_at']) {
    const value = fieldOf(jsonOf(poll), field)
    if (value === null || value === undefined) continue
    const worth = field === 'completed_at' && !isTerminal(poll) ? ({ source: 'choice' } as const) : {}
    if (!trial.expect(poll, isMoment(value), `\`${field}\` to be RFC 3339`, show(value), worth)) continue
    trial.prefer(poll, /^[^.]+Z$/.test(value as string), `\`${field}\` in whole seconds, with a Z`, show(value))
  }
}

/** Where the clock can be read, it was read right before the submit. */
function holdTruth(trial: Trial, { terminal, clockMs: wanted }: Story): void {
  const created = momentOf(fieldOf(jsonOf(terminal), 'created_at'))
  if (wanted === null || Number.isNaN(created)) return
  const isTrue = Math.abs(created - wanted) < 2_000
  const expected = `\`created_at\` to be in UTC: the clock showed ${new Date(wanted).toISOString()}`
  trial.expect(terminal, isTrue, expected, show(fieldOf(jsonOf(terminal), 'created_at')))
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
  timestamps,
]
