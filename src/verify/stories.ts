import { type Job, type JobOperation, operations } from '../spec/index.ts'
import { type Exchange, fieldOf, jsonOf } from './http/exchange.ts'
import type { Mailbox } from './http/receiver.ts'
import { asyncBody, type ImageBody } from './requests.ts'
import { isTerminal, jobIdOf, type Scene } from './scene.ts'
import type { Session } from './session.ts'
import type { Caller } from './target.ts'
import { seenStatus, Trial } from './trial.ts'
import { CannotJudge, NotTried } from './verdict.ts'

export type StoryName = JobOperation | 'failing'

/** A job that several cases look at: submitted once, polled to its end once, never touched again. */
export interface Story {
  readonly name: StoryName
  readonly operation: JobOperation
  readonly body: ImageBody
  readonly caller: Caller
  readonly submit: Exchange
  readonly jobId: string
  /** All of them, in order; the last one alone is terminal. */
  readonly polls: readonly Exchange[]
  readonly terminal: Exchange
  readonly downloads: readonly Exchange[]
  /** `null` if nothing was to arrive. */
  readonly mailbox: Mailbox | null
  /** What a poll said the moment that a callback arrived. */
  readonly atArrival: readonly { readonly arrival: Exchange; readonly poll: Exchange | null }[]
  /** Profile ids that the request names. */
  readonly profileIds: readonly string[]
  /** What the scenario says of them; `null` where there is none. */
  readonly knownSubjects: Readonly<Record<string, number>> | null
}

/** How a story begins: the answer to its submit, whatever it is. */
export interface Opening {
  readonly submit: Exchange
  /** It was answered only when the clock had moved. */
  readonly wasHeldOpen: boolean
  /** The answer to following its `poll_url`; `null` if there was none to follow. */
  readonly followed: Exchange | null
  /** What the first poll says of it, right after. */
  readonly firstPoll: Exchange | null
}

/** So as to see a job pending, running, shortly before its end, and at its end. */
const STEPS_MS = [1_000, 1_000, 1_000, 6_000, 6_000, 2_000, 1_000]

interface Beginning extends Opening {
  readonly scene: Scene
  readonly trial: Trial
  readonly operation: JobOperation
  readonly body: ImageBody
  readonly mailbox: Mailbox | null
  readonly atArrival: Promise<{ arrival: Exchange; poll: Exchange | null }>[]
  readonly profileIds: readonly string[]
  readonly knownSubjects: Readonly<Record<string, number>> | null
}

/** Plays each story once, when it is first asked for. */
export class Stories {
  readonly #session: Session
  readonly #beginnings = new Map<StoryName, Promise<Beginning>>()
  readonly #stories = new Map<StoryName, Promise<Story>>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Its submit alone, and all exchanges up to then. */
  async opening(name: StoryName, seen: Trial): Promise<Opening> {
    const beginning = await this.#beginning(name)
    for (const exchange of beginning.trial.exchanges) seen.show(exchange)
    return beginning
  }

  /** The whole, whose exchanges then stand in the report of `seen`. @throws {CannotJudge} if it cannot be played */
  async story(name: StoryName, seen: Trial): Promise<Story> {
    let story = this.#stories.get(name)
    if (!story) {
      story = this.#beginning(name).then((beginning) => this.#play(name, beginning))
      this.#stories.set(name, story)
    }
    try {
      return await story
    } finally {
      const beginning = await this.#beginning(name).catch(() => null)
      for (const exchange of beginning?.trial.exchanges ?? []) seen.show(exchange)
    }
  }

  #beginning(name: StoryName): Promise<Beginning> {
    let beginning = this.#beginnings.get(name)
    if (!beginning) {
      beginning = this.#begin(name)
      this.#beginnings.set(name, beginning)
    }
    return beginning
  }

  async #begin(name: StoryName): Promise<Beginning> {
    const trial = new Trial()
    const scene = await this.#session.scene(trial)
    const { failingRequest } = this.#session.settings
    const operation = name === 'failing' ? failingRequest.operation : name
    if (name === 'failing' && scene.world !== null) {
      await scene.world.scenarios.add({ match: { operation }, effect: { fail: 'GENERATION_FAILED' } })
    }
    const { profileIds, knownSubjects } = name === 'edit' ? await findSubjects(scene) : NOBODY
    const atArrival: Beginning['atArrival'] = []
    const polling = scene.alice.toldTo(trial.show)
    const mailbox = this.#session.hasReceiver
      ? this.#session.receiver.open([204], (arrival) => {
          trial.show(arrival)
          atArrival.push(pollAtArrival(polling, arrival))
        })
      : null
    const plain = name === 'failing' ? failingRequest.body : bodyOf(name, profileIds)
    const more = { ...plain, ...(mailbox && { callback_url: mailbox.url }) }
    let opened = await this.#submit(scene, operation, more)
    let refusedMailbox = false
    if (mailbox !== null && opened.exchange.status === 422) {
      // Perhaps it wants https alone; then the rest can still be seen.
      refusedMailbox = true
      opened = await this.#submit(scene, operation, plain)
    }
    const jobId = fieldOf(jsonOf(opened.exchange), 'job_id')
    const pollUrl = fieldOf(jsonOf(opened.exchange), 'poll_url')
    const isUrl = typeof pollUrl === 'string' && URL.canParse(pollUrl, scene.alice.base)
    const followed = isUrl ? await scene.alice.follow(pollUrl) : null
    const firstPoll = typeof jobId === 'string' && opened.exchange.status < 300 ? await scene.alice.poll(jobId) : null
    return {
      scene,
      trial,
      operation,
      body: asyncBody(operation, more),
      mailbox: refusedMailbox ? null : mailbox,
      atArrival,
      profileIds,
      knownSubjects,
      submit: opened.exchange,
      wasHeldOpen: opened.wasHeldOpen,
      followed,
      firstPoll,
    }
  }

  async #submit(scene: Scene, operation: JobOperation, more: ImageBody) {
    return await scene.request(
      scene.alice.call(operation, { body: asyncBody(operation, more), timeoutMs: scene.alice.jobTimeoutMs }),
    )
  }

  async #play(name: StoryName, beginning: Beginning): Promise<Story> {
    const { scene, submit, firstPoll, mailbox, trial } = beginning
    const jobId = jobIdOf(submit)
    const polls: Exchange[] = firstPoll ? [firstPoll] : []
    if (!polls.some(isTerminal)) polls.push(...(await this.#watch(scene, jobId)))
    const terminal = polls.at(-1) as Exchange
    const { status, result } = jsonOf(terminal) as Job
    if (name === 'failing' && status === 'succeeded') {
      throw new CannotJudge('the request that should fail succeeded; give one that fails with --failing-request')
    }
    const downloads = await downloadAll(scene.alice, status === 'succeeded' ? result : null)
    if (mailbox) {
      await mailbox.wait(1, this.#session.settings.callbackWaitMs)
      for (const arrival of mailbox.arrivals) trial.show(arrival)
    }
    const { operation, body, profileIds, knownSubjects } = beginning
    return {
      name,
      operation,
      body,
      caller: scene.alice,
      submit,
      jobId,
      polls,
      terminal,
      downloads,
      mailbox,
      atArrival: await Promise.all(beginning.atArrival),
      profileIds,
      knownSubjects,
    }
  }

  /** Polls as often as there is something new to see. */
  async #watch(scene: Scene, jobId: string): Promise<Exchange[]> {
    if (scene.world === null) {
      await this.#session.deadline.sleep(this.#session.settings.pollIntervalMs)
      return await scene.finish(scene.alice, jobId)
    }
    const polls: Exchange[] = []
    for (const step of STEPS_MS) {
      await scene.world.clock.advance(step)
      const poll = await scene.alice.poll(jobId)
      if (poll.status !== 200) throw new CannotJudge(`polling the job was answered ${seenStatus(poll)}`)
      polls.push(poll)
      if (isTerminal(poll)) return polls
    }
    return [...polls, ...(await scene.finish(scene.alice, jobId))]
  }
}

const NOBODY = { profileIds: [], knownSubjects: null } as const

function bodyOf(operation: JobOperation, profileIds: readonly string[]): ImageBody {
  switch (operation) {
    case 'edit': {
      const named = profileIds.map((id) => `[[${id}]]`).join(' and ')
      const people = named === '' ? {} : { prompt: `Make ${named} smile`, profile_ids: profileIds }
      return { num_output_images: 2, output_format: 'png', ...people }
    }
    case 'generate':
      return { num_output_images: 2, output_format: 'jpg' }
    case 'enhance':
      return {}
    case 'remix':
      return { output_format: 'png' }
  }
}

/** Somebody to name in a request: with a clock, a profile trained for this; else one that the account has. */
async function findSubjects(scene: Scene): Promise<Pick<Story, 'profileIds' | 'knownSubjects'>> {
  if (scene.world !== null) {
    const profileId = await trainProfile(scene)
    if (profileId === null) return NOBODY
    const knownSubjects = { [profileId]: 2 }
    await scene.world.scenarios.add({ match: { operation: 'edit' }, effect: { known_subjects: knownSubjects } })
    return { profileIds: [profileId], knownSubjects }
  }
  const profileId = await readyProfile(scene.alice)
  return profileId === null ? NOBODY : { profileIds: [profileId], knownSubjects: null }
}

/** @returns `null` if it came to nothing */
export async function trainProfile(scene: Scene): Promise<string | null> {
  const urls = Array.from({ length: 5 }, (_, nth) => `https://example.com/me/${nth + 1}.jpg`)
  const added = await scene.alice.call('addProfile', { body: { image_urls: urls, training_tier: 'fast' } })
  const id = fieldOf(jsonOf(added), 'profile_id')
  await scene.levers.clock.settle()
  return typeof id === 'string' ? id : null
}

/** @returns `null` if the account has none */
export async function readyProfile(caller: Caller): Promise<string | null> {
  const profiles = fieldOf(jsonOf(await caller.call('listProfiles')), 'profiles')
  if (!Array.isArray(profiles)) return null
  const ready = profiles.find((profile) => fieldOf(profile, 'status') === 'READY')
  const id = fieldOf(ready, 'profile_id')
  return typeof id === 'string' ? id : null
}

async function pollAtArrival(caller: Caller, arrival: Exchange): Promise<{ arrival: Exchange; poll: Exchange | null }> {
  const jobId = fieldOf(jsonOf(arrival), 'job_id')
  const poll = typeof jobId === 'string' ? await caller.poll(jobId).catch(() => null) : null
  return { arrival, poll }
}

/** More than any request asks for; how many there should be is poll.succeeded's to say. */
const MOST_DOWNLOADS = 16

async function downloadAll(caller: Caller, result: unknown): Promise<Exchange[]> {
  const urls = fieldOf(result, 'download_urls')
  const downloads: Exchange[] = []
  for (const url of Array.isArray(urls) ? urls.slice(0, MOST_DOWNLOADS) : []) {
    if (typeof url === 'string' && URL.canParse(url)) downloads.push(await caller.download(url))
  }
  return downloads
}

/** Where a story's callbacks can be looked at. @throws {NotTried} if the implementation wants https */
export function mailboxOf(story: Story, session: Session): Mailbox {
  if (story.mailbox !== null) return story.mailbox
  if (session.hasReceiver && session.receiver.url.startsWith('http:')) {
    throw new NotTried('the implementation refuses http callback URLs, and wants an https --public-url')
  }
  if (!session.hasReceiver) session.receiver
  throw new CannotJudge(`a submit with a callback_url of ours was refused: ${operations[story.operation].path}`)
}
