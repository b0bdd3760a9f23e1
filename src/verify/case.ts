import type { MicroUsd } from './prices.ts'
import type { Scene } from './scene.ts'
import type { SceneOptions, Session } from './session.ts'
import type { Opening, Story, StoryName } from './stories.ts'
import type { Over, Trial } from './trial.ts'

/** What a case has at hand. */
export interface Stage {
  readonly trial: Trial
  readonly session: Session
  /** A place of its own. */
  scene(options?: SceneOptions): Promise<Scene>
  /** A shared job, to its end. */
  story(name: StoryName): Promise<Story>
  /** A shared job's submit alone. */
  opening(name: StoryName): Promise<Opening>
}

/** How one rule is tried. */
export interface Case {
  readonly id: string
  /** The shared jobs that it looks at. */
  readonly stories?: readonly StoryName[]
  /** What it is stated over. It has passed only if it was tried with every value of every dimension. */
  readonly over?: Over
  /** What its own requests cost at most, on an implementation that keeps the rules. */
  readonly cost?: MicroUsd
  run(stage: Stage): Promise<void>
}
