import type { MicroUsd } from './prices.ts'
import type { Scene } from './scene.ts'
import type { Depth } from './scope.ts'
import type { SceneOptions, Session } from './session.ts'
import type { Opening, Story } from './stories.ts'
import type { StoryPlan } from './story-plan.ts'
import type { Over, Trial } from './trial.ts'

/** What a case has at hand. */
export interface Stage {
  readonly trial: Trial
  readonly session: Session
  /** A place of its own. */
  scene(options?: SceneOptions): Promise<Scene>
  /** A shared job, to its end. */
  story(plan: StoryPlan): Promise<Story>
  /** A shared job's submit alone. */
  opening(plan: StoryPlan): Promise<Opening>
}

/** How one rule is tried. */
export interface Case {
  readonly id: string
  /** What it is stated over. It has passed only if it was tried with every value of every dimension. */
  readonly over?: Over
  /** Which shared jobs it looks at; none if left out. */
  readonly looksAt?: (plan: StoryPlan) => boolean
  /** What its own requests cost at most without a control API, whether or not they turn out to be replays. */
  readonly cost?: (depth: Depth) => MicroUsd
  run(stage: Stage): Promise<void>
}
