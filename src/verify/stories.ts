import { randomUUID } from 'node:crypto'
import type { Exchange } from './http/exchange.ts'
import { fieldOf, jsonOf } from './http/exchange.ts'
import type { Mailbox, Receiver } from './http/receiver.ts'
import { Limiter } from './limiter.ts'
import { asyncBody, type ImageBody } from './requests.ts'
import { isTerminal, jobIdOf, type Scene } from './scene.ts'
import type { Settings } from './settings.ts'
import type { StoryPlan } from './story-plan.ts'
import { findSubjects, type Subjects } from './subjects.ts'
import type { Caller } from './target.ts'
import { seenStatus, Trial } from './trial.ts'
import { CannotJudge, NotTried } from './verdict.ts'

/** The beginning of a story: the answer to its submit, success or not. */
export interface Opening {
  readonly plan: StoryPlan
  readonly submit: Exchange
  /** The submit was answered only after the clock was moved. */
  readonly wasHeldOpen: boolean
  /** The answer to following its `poll_url`; `null` if there was none to follow. */
  readonly followed: Exchange | null
  /** The World's time just before the submit, Unix ms; `null` without a control API. */
  readonly clockMs: number | null
  /** The first poll, directly after the submit; `null` if no job was made. */
  readonly firstPoll: Exchange | null
  /** A poll by another account at the same time; `null` without another account. */
  readonly foreign: Exchange | null
}

/** A job that several cases look at: submitted once, polled to its end once, never touched again. */
export interface Story extends Opening {
  readonly scene: Scene
  readonly body: ImageBody
  readonly caller: Caller
  /** Another account; `null` without one. */
  readonly other: Caller | null
  readonly jobId: string
  /** All polls up to the job's end, in order. Only the last one is terminal. */
  readonly polls: readonly Exchange[]
  readonly terminal: Exchange
  /** Polls after the job's end, at growing distances. */
  readonly later: readonly Exchange[]
  readonly downloads: readonly Exchange[]
  /** The same submit again, once before its end and once after it; empty if it is not replayed. */
  readonly replays: readonly Exchange[]
  /** `null` if nothing was to arrive. */
  readonly mailbox: Mailbox | null
  /** For each callback, the poll that was sent when it arrived. */
  readonly atArrival: readonly { readonly arrival: Exchange; readonly poll: Exchange | null }[]
  /** Profile ids that the request names. */
  readonly profileIds: readonly string[]
  /** The known subjects that the scenario sets; `null` without a scenario. */
  readonly knownSubjects: Readonly<Record<string, number>> | null
}

/** Steps of the clock between polls, so that a job is seen pending, running, shortly before its end, and at its end. */
const STEPS_MS = [1_000, 1_000, 1_000, 6_000, 6_000, 2_000, 1_000]
/** The index of the step before which the job is running. */
const HALFWAY = 4
/** How long after its end a job is polled again, by its World's clock. */
const LATER_MS = [60_000, 3_600_000]

/** Text whose characters only UTF-8 can hold, to see how a callback's body is encoded. */
const FAILURE_MESSAGE = 'Das Bild konnte nicht erzeugt werden – 画像を生成できません 🖼'

interface Beginning extends Opening, Subjects {
  readonly scene: Scene
  readonly trial: Trial
  readonly caller: Caller
  readonly other: Caller | null
  readonly body: ImageBody
  readonly mailbox: Mailbox | null
  readonly atArrival: Promise<{ arrival: Exchange; poll: Exchange | null }>[]
}

/** What the stories need of the run that they belong to. */
interface StoryRun {
  readonly settings: Settings
  /** @throws {CannotJudge | NotTried} if there is none */
  readonly receiver: Receiver
  scene(trial: Trial): Promise<Scene>
  sawCallback(terminal: Exchange, arrival: Exchange | undefined): void
}

/** Plays each story once, when a case first asks for it. Stories run in parallel, up to the concurrency setting. */
export class Stories {
  readonly plans: readonly StoryPlan[]
  readonly #run: StoryRun
  readonly #limiter: Limiter
  readonly #beginnings = new Map<StoryPlan, Promise<Beginning>>()
  readonly #stories = new Map<StoryPlan, Promise<Story>>()

  constructor(run: StoryRun, plans: readonly StoryPlan[]) {
    this.plans = plans
    this.#run = run
    this.#limiter = new Limiter(run.settings.concurrency)
  }

  /** A story's submit. All its exchanges up to then are added to the report of `seen`. */
  async opening(plan: StoryPlan, seen: Trial): Promise<Opening> {
    this.#start(plan)
    const beginning = await this.#beginning(plan)
    for (const exchange of beginning.trial.exchanges) seen.show(exchange)
    return beginning
  }

  /** The whole, whose exchanges then stand in the report of `seen`. @throws {CannotJudge} if it cannot be played */
  async story(plan: StoryPlan, seen: Trial): Promise<Story> {
    try {
      return await this.#start(plan)
    } finally {
      const beginning = await this.#beginning(plan).catch(() => null)
      for (const exchange of beginning?.trial.exchanges ?? []) seen.show(exchange)
    }
  }

  /**
   * Jobs whose end was not seen, and their polls. Waits for all stories that were started.
   */
  async unfinished(): Promise<{ readonly jobId: unknown; readonly polls: readonly Exchange[] }[]> {
    const ended = await Promise.allSettled(this.#stories.values())
    const open = [...this.#stories.keys()].filter((_, nth) => ended[nth]?.status === 'rejected')
    const beginnings = await Promise.allSettled(open.map((plan) => this.#beginning(plan)))
    return beginnings.flatMap((one) => {
      if (one.status === 'rejected') return []
      const { submit, trial, caller } = one.value
      const jobId = fieldOf(jsonOf(submit), 'job_id')
      const polls = [...trial.exchanges].filter(
        ({ operation, status, requestHeaders }) =>
          operation === 'getJob' && status === 200 && requestHeaders['X-API-Key'] === caller.identity.key,
      )
      return [{ jobId, polls }]
    })
  }

  /** Starts stories in parallel, before a case waits for them one after the other. */
  startAll(plans: readonly StoryPlan[]): void {
    for (const plan of plans) this.#start(plan)
  }

  #start(plan: StoryPlan): Promise<Story> {
    let story = this.#stories.get(plan)
    if (!story) {
      story = this.#limiter.run(async () => this.#play(await this.#beginning(plan)))
      // A rejection is seen by whoever awaits the story. Until then it must not count as unhandled.
      story.catch(() => undefined)
      this.#stories.set(plan, story)
    }
    return story
  }

  #beginning(plan: StoryPlan): Promise<Beginning> {
    let beginning = this.#beginnings.get(plan)
    if (!beginning) {
      beginning = this.#begin(plan)
      beginning.catch(() => undefined)
      this.#beginnings.set(plan, beginning)
    }
    return beginning
  }

  async #begin(plan: StoryPlan): Promise<Beginning> {
    const trial = new Trial()
    const scene = await this.#run.scene(trial)
    const { operation, outcome, account } = plan
    const [caller, other] = account === 'first' ? [scene.alice, scene.bob] : [scene.other, scene.alice]
    if (outcome === 'failed' && scene.world !== null) {
      const effect = { fail: 'GENERATION_FAILED', message: FAILURE_MESSAGE } as const
      await scene.world.scenarios.add({ match: { operation }, effect })
    }
    const subjects = await findSubjects(plan, scene, caller)
    const atArrival: Beginning['atArrival'] = []
    const polling = caller.toldTo(trial.show)
    const mailbox =
      plan.callback === 'with'
        ? this.#run.receiver.open([204], (arrival) => {
            trial.show(arrival)
            atArrival.push(pollAtArrival(polling, arrival))
          })
        : null
    const plainBody = {
      ...plan.body,
      ...subjects.body,
      ...(plan.replays > 0 && { client_request_id: randomUUID() }),
    }
    const submit = (body: ImageBody) =>
      scene.request(caller.call(operation, { body: asyncBody(operation, body), timeoutMs: caller.jobTimeoutMs }))
    const clockMs = scene.world === null ? null : Date.parse((await scene.world.clock.read()).now)
    let body: ImageBody = { ...plainBody, ...(mailbox && { callback_url: `${mailbox.url}?story=1` }) }
    let opened = await submit(body)
    // Perhaps the implementation takes https callback URLs only. Without one, the rest can still be tried.
    const isRefused = mailbox !== null && [400, 422].includes(opened.exchange.status)
    if (isRefused) {
      body = plainBody
      opened = await submit(body)
    }
    const jobId = fieldOf(jsonOf(opened.exchange), 'job_id')
    const pollUrl = fieldOf(jsonOf(opened.exchange), 'poll_url')
    const isMade = typeof jobId === 'string' && jobId !== '' && opened.exchange.status < 300
    const isUrl = typeof pollUrl === 'string' && URL.canParse(pollUrl, caller.base)
    return {
      ...subjects,
      plan,
      scene,
      trial,
      caller,
      other,
      body,
      mailbox: isRefused ? null : mailbox,
      atArrival,
      submit: opened.exchange,
      clockMs,
      wasHeldOpen: opened.wasHeldOpen,
      firstPoll: isMade ? await caller.poll(jobId) : null,
      followed: isUrl ? await caller.follow(pollUrl) : null,
      foreign: isMade && other !== null ? await other.poll(jobId) : null,
    }
  }

  async #play(beginning: Beginning): Promise<Story> {
    const { scene, submit, firstPoll, mailbox, trial, caller, plan } = beginning
    const { settings } = this.#run
    const jobId = jobIdOf(submit)
    const polls: Exchange[] = firstPoll ? [firstPoll] : []
    const replays: Exchange[] = []
    const replayInBetween = async (): Promise<void> => {
      if (plan.replays === 2) replays.push(await this.#replay(beginning))
    }
    if (scene.world === null) await replayInBetween()
    if (!polls.some(isTerminal)) polls.push(...(await this.#watch(scene, caller, jobId, replayInBetween)))
    const terminal = polls.at(-1) as Exchange
    const { status, result } = jsonOf(terminal) as { status?: unknown; result?: unknown }
    if (plan.outcome === 'failed' && status === 'succeeded') {
      throw new NotTried('the request that should fail succeeded; give one that does with --failing-request')
    }
    const downloads = await downloadAll(caller, status === 'succeeded' ? result : null)
    if (mailbox) {
      await mailbox.wait(1, settings.callbackWaitMs)
      this.#run.sawCallback(terminal, mailbox.arrivals[0])
    }
    const later: Exchange[] = []
    for (const ms of scene.world === null ? [settings.pollIntervalMs, 3 * settings.pollIntervalMs] : LATER_MS) {
      await scene.pass(ms)
      later.push(await caller.poll(jobId))
    }
    if (plan.replays > 0) {
      replays.push(await this.#replay(beginning))
      later.push(await caller.poll(jobId))
    }
    for (const arrival of mailbox?.arrivals ?? []) trial.show(arrival)
    return {
      ...beginning,
      jobId,
      polls,
      terminal,
      later,
      downloads,
      replays,
      atArrival: await Promise.all(beginning.atArrival),
    }
  }

  #replay({ plan, scene, caller, body }: Beginning): Promise<Exchange> {
    return scene.ask(caller, plan.operation, body, true)
  }

  /** Polls the job at each step of the clock, until its end. @param halfway is called while the job runs */
  async #watch(scene: Scene, caller: Caller, jobId: string, halfway: () => Promise<void>): Promise<Exchange[]> {
    if (scene.world === null) return await scene.finish(caller, jobId)
    const polls: Exchange[] = []
    for (const [nth, step] of STEPS_MS.entries()) {
      if (nth === HALFWAY) await halfway()
      await scene.world.clock.advance(step)
      const poll = await caller.poll(jobId)
      if (poll.status !== 200) throw new CannotJudge(`polling the job was answered ${seenStatus(poll)}`)
      polls.push(poll)
      if (isTerminal(poll)) return polls
    }
    return [...polls, ...(await scene.finish(caller, jobId))]
  }
}

async function pollAtArrival(caller: Caller, arrival: Exchange): Promise<{ arrival: Exchange; poll: Exchange | null }> {
  const jobId = fieldOf(jsonOf(arrival), 'job_id')
  const poll = typeof jobId === 'string' ? await caller.poll(jobId).catch(() => null) : null
  return { arrival, poll }
}

/** More than any request can ask for. How many there are is judged by the number of URLs, not by downloads. */
const MOST_DOWNLOADS = 8

async function downloadAll(caller: Caller, result: unknown): Promise<Exchange[]> {
  const urls = fieldOf(result, 'download_urls')
  const downloads: Exchange[] = []
  for (const url of Array.isArray(urls) ? urls.slice(0, MOST_DOWNLOADS) : []) {
    if (typeof url === 'string' && URL.canParse(url)) downloads.push(await caller.download(url))
  }
  return downloads
}

/**
 * The callbacks of the story's own job. If a replay made another job, that is judged by idem.same-job.
 */
export function ownArrivals(story: Story): readonly Exchange[] {
  const others = story.replays.map((replay) => fieldOf(jsonOf(replay), 'job_id')).filter((id) => id !== story.jobId)
  return mailboxOf(story).arrivals.filter((arrival) => !others.includes(fieldOf(jsonOf(arrival), 'job_id') ?? ''))
}

/** Where a story's callbacks can be looked at. @throws {NotTried} if the implementation wants https */
export function mailboxOf({ mailbox, plan }: Story): Mailbox {
  if (mailbox !== null) return mailbox
  if (plan.callback === 'without') throw new NotTried('the job has no callback_url')
  throw new NotTried('the implementation refuses http callback URLs, and wants an https --public-url')
}
