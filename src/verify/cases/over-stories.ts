import type { Case, Stage } from '../case.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Opening, Story } from '../stories.ts'
import { pointOf, type StoryPlan } from '../story-plan.ts'
import type { Over, Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'

interface StoryCase<Told> {
  readonly id: string
  readonly over: Over
  /** Which of the shared jobs; all if left out. */
  readonly where?: (plan: StoryPlan) => boolean
  readonly look: (trial: Trial, told: Told, stage: Stage) => void | Promise<void>
}

/** A case that looks at shared jobs, to their ends. */
export function ofStories({ id, over, where = () => true, look }: StoryCase<Story>): Case {
  const run = (stage: Stage): Promise<void> =>
    eachPlan(stage, where, async (plan) => look(stage.trial, await stage.story(plan), stage))
  return { id, over, looksAt: where, run }
}

/** A case that looks at the submits of shared jobs, whatever they were answered with. */
export function ofOpenings({ id, over, where = () => true, look }: StoryCase<Opening>): Case {
  const run = (stage: Stage): Promise<void> =>
    eachPlan(stage, where, async (plan) => look(stage.trial, await stage.opening(plan), stage))
  return { id, over, looksAt: where, run }
}

/**
 * The same for a case that looks at other things too.
 *
 * @throws {CannotJudge | NotTried} if nothing could be looked at
 */
export function eachStory(
  stage: Stage,
  where: (plan: StoryPlan) => boolean,
  look: (story: Story) => void | Promise<void>,
): Promise<void> {
  return eachPlan(stage, where, async (plan) => look(await stage.story(plan)))
}

/** One job that could not be played says nothing against the others: it is left out, with the reason. */
async function eachPlan(
  { session, trial }: Stage,
  where: (plan: StoryPlan) => boolean,
  look: (plan: StoryPlan) => Promise<void>,
): Promise<void> {
  const plans = session.stories.plans.filter(where)
  session.stories.startAll(plans)
  const problems: Error[] = []
  for (const plan of plans) {
    try {
      await look(plan)
      trial.mark(pointOf(plan))
    } catch (error) {
      if (!(error instanceof NotTried || error instanceof CannotJudge)) throw error
      trial.leave(pointOf(plan), error.message)
      problems.push(error)
    }
  }
  const [first] = problems
  if (first && problems.length === plans.length) throw first
}

/**
 * Whether a job may have expired by the end of an exchange, or by now. Without a clock alone: where there is one,
 * shared jobs are looked at hours before their expiry.
 */
export function isPastRetention(
  exchange: Exchange | null | undefined,
  { scene, submit }: Story,
  retentionMs: number,
): boolean {
  const atMs = exchange ? exchange.at + exchange.durationMs : Date.now()
  return scene.world === null && atMs >= submit.at + retentionMs
}
