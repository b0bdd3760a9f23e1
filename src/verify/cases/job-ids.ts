import type { Case } from '../case.ts'
import { fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { ACCOUNTS, pointOf } from '../story-plan.ts'
import { show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'

/** Beyond what all ids have in common, an id has at least so many characters: fewer could be tried one by one. */
const LEAST_CHANCE = 8
/** So many characters at the end of an id are read as a number. */
const COUNTER_CHARACTERS = 8
/** What two accounts' ids share by chance is shorter: in hex, one in four billion. */
const MOST_SHARED = 8

export const jobIdOpaque: Case = {
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

/** Whether an id is a little larger than the one before, as with a counter. */
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
