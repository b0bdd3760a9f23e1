import type { JobOperation } from '../../spec/index.ts'
import type { Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import type { ImageBody } from '../requests.ts'
import { jobIdOf, type Scene } from '../scene.ts'
import { kindsOf, type StoryPlan } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import { seenStatus, show, type Trial } from '../trial.ts'

/** A replay is answered with the original job, and the same URL. That it is 202 is only a choice. */
export function holdReplay(trial: Trial, replay: Exchange, original: Exchange, when = ''): boolean {
  const jobId = jobIdOf(original)
  const seen = fieldOf(jsonOf(replay), 'job_id')
  const expected = `the original \`job_id\` ${jobId}${when && ` ${when}`}`
  const told = replay.status < 300 ? show(seen) : seenStatus(replay)
  const check = { kind: 'job', of: original.id, isSame: true } as const
  const isKnown = replay.status < 300 && seen === jobId
  if (!trial.expect(replay, isKnown, expected, told, { check })) return false
  const [url, wanted] = [fieldOf(jsonOf(replay), 'poll_url'), fieldOf(jsonOf(original), 'poll_url')]
  // If the original's own poll_url is wrong, submit.poll-url reports it.
  const isSame = url === wanted || !String(wanted).endsWith(jobId)
  trial.expect(replay, isSame, `the original \`poll_url\` ${show(wanted)}${when && ` ${when}`}`, show(url))
  return trial.prefer(replay, replay.status === 202, '202 for a replay', seenStatus(replay))
}

/** Sends a submit again. Only cases of this chapter check the answer, because the status of a replay is a choice. */
export function again(place: Scene, caller: Caller, operation: JobOperation, body: ImageBody): Promise<Exchange> {
  return place.ask(caller, operation, body, true)
}

/** Jobs that a rule makes by itself, in one place. */
export function kindsFor({ session }: Stage, place: Scene): readonly StoryPlan[] {
  return kindsOf(session.stories.plans, place.world !== null)
}

export function callerFor(place: Scene, { account }: StoryPlan): Caller {
  return account === 'first' ? place.alice : place.other
}

/** What to ask for; with somebody who receives its callback, if it has one. */
export function bodyFor(
  { session, trial }: Stage,
  kind: StoryPlan,
  id: string | null,
): { body: ImageBody; mailbox: Mailbox | null } {
  const mailbox = kind.callback === 'with' ? session.receiver.open([204], trial.show) : null
  const body = {
    ...kind.body,
    ...(id !== null && { client_request_id: id }),
    ...(mailbox && { callback_url: mailbox.url }),
  }
  return { body, mailbox }
}

export const AT_ONCE = 6

/** @throws the first problem, once all are over */
export async function settledAnswers(sent: readonly Promise<Exchange>[]): Promise<Exchange[]> {
  const settled = await Promise.allSettled(sent)
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}
