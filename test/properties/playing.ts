import fc from 'fast-check'
import { restoreWorld, takeSnapshot } from '../../src/engine/snapshot.ts'
import type { WorldSnapshot } from '../../src/engine/world-snapshot.ts'
import { fetchFrom, InProcessHost } from '../../src/fixture/host.ts'
import { RECEIVER_HOST, Receivers } from '../../src/fixture/receiver.ts'
import { phota } from '../../src/phota/api.ts'
import type { PhotaWorldOptions as WorldOptions } from '../../src/phota/options.ts'
import { dialect, photaWorld, World } from '../../src/phota/world.ts'
import { defaultBaseUrl } from '../../src/spec/index.ts'
import { type Course, course, courseEffect, LIMITS, OPERATIONS, step } from './support.ts'

const IMAGE = 'https://example.com/photo.jpg'
const MINIMAL = {
  edit: { prompt: 'brighter', images: [IMAGE] },
  generate: { prompt: 'a lighthouse' },
  enhance: { image: IMAGE },
  remix: { input_image: IMAGE, reference_image: IMAGE },
}

export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      operation: fc.constantFrom(...OPERATIONS),
      key: fc.constantFrom(null, null, 'a', 'b'),
      outputs: fc.integer({ min: 0, max: 5 }),
      callback: fc.boolean(),
      course,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('submit synchronously' as const),
      operation: fc.constantFrom(...OPERATIONS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: step }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('poll' as const), job: fc.nat({ max: 9 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('train' as const), tier: fc.constantFrom('fast', 'standard', 'slow') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      method: fc.constantFrom('GET', 'POST'),
      path: fc.constantFrom('webhook-secret', 'profiles/ids', 'jobs/unknown', 'nowhere', 'edit'),
      key: fc.constantFrom<string | null>('own', 'own', 'wrong', null),
    }),
  },
)
export type Command =
  | {
      do: 'submit'
      operation: (typeof OPERATIONS)[number]
      key: string | null
      outputs: number
      callback: boolean
      course: Course
    }
  | { do: 'submit synchronously'; operation: (typeof OPERATIONS)[number] }
  | { do: 'advance'; byMs: number }
  | { do: 'poll'; job: number }
  | { do: 'train'; tier: string }
  | { do: 'ask'; method: string; path: string; key: string | null }

export interface Answer {
  status: number
  headers: [string, string][]
  body: string
}

/** How a play goes, other than by its seed and its commands. */
export interface PlayOptions extends Partial<WorldOptions> {
  /** After so many commands, the World is replaced by one that its snapshot makes. @default never */
  snapshotAfter?: number
  /** The status that the receiver of callbacks answers. @default 200 */
  answer?: number
}

/** Everything a client and its receiver got to see in a fresh World of this seed. */
export async function play(
  seed: string,
  commands: readonly Command[],
  { snapshotAfter, answer: receiverStatus = 200, ...options }: PlayOptions = {},
): Promise<Played> {
  const host = new InProcessHost()
  const receivers = new Receivers()
  const receiver = receivers.open(receiverStatus)
  const serve = (world: World) => host.add(world, { mode: 'manual', send: receivers.send, callbackGraceMs: 1 })
  let world = new World({ keep: 'everything', ...LIMITS, ...options, seed, allowCallbackHosts: [RECEIVER_HOST] })
  const account = world.createAccount({ id: 'tester', depositMicroUsd: 1_000_000_000_000 })
  let clock = serve(world)
  const fetch = fetchFrom(host, defaultBaseUrl)
  const answers: Answer[] = []
  const jobs: string[] = []
  const own = account.keys[0] as string
  const ask = async (method: string, path: string, key: string | null, body?: object) => {
    const response = await fetch(`${defaultBaseUrl}/${path}`, {
      method,
      headers: { ...(key !== null && { 'X-API-Key': key }), 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = { status: response.status, headers: [...response.headers], body: await response.text() }
    answers.push(answer)
    return answer
  }
  for (const [i, command] of commands.entries()) {
    if (i === snapshotAfter) {
      const { id, keyPrefix, cdnBaseUrl } = world.options
      const snapshot: WorldSnapshot = JSON.parse(JSON.stringify(takeSnapshot(world)))
      host.remove(world)
      world = photaWorld(restoreWorld(dialect, phota.createWorld, snapshot, { id, keyPrefix, cdnBaseUrl }))
      clock = serve(world)
    }
    switch (command.do) {
      case 'advance':
        await clock.advance(command.byMs)
        break
      case 'poll':
        await ask('GET', `jobs/${jobs[command.job % Math.max(1, jobs.length)] ?? 'none-yet'}`, own)
        break
      case 'train':
        await ask('POST', 'profiles/add', own, {
          image_urls: Array.from({ length: 10 }, () => IMAGE),
          training_tier: command.tier,
        })
        break
      case 'ask':
        await ask(command.method, command.path, command.key === 'own' ? own : command.key)
        break
      case 'submit synchronously': {
        const answer = ask('POST', command.operation, own, { ...MINIMAL[command.operation], response_mode: 'urls' })
        while (world.jobs.openRequests().length === 0) await new Promise((resolve) => setImmediate(resolve))
        await clock.advance(LIMITS.syncLimitMs)
        await answer
        break
      }
      case 'submit': {
        const { operation, key, outputs, callback, course } = command
        const scenario = world.scenario({ effect: courseEffect(course) })
        const { status, body } = await ask('POST', operation, own, {
          ...MINIMAL[operation],
          async: true,
          response_mode: 'urls',
          num_output_images: outputs,
          ...(key !== null && { client_request_id: key }),
          ...(callback && { callback_url: receiver.url }),
        })
        world.removeScenario(scenario)
        if (status === 202) jobs.push(JSON.parse(body).job_id)
      }
    }
  }
  await clock.idle()
  const end = takeSnapshot(world)
  host.remove(world)
  return {
    answers,
    jobs,
    callbacks: receiver.received.map(({ rawBody, headers }) => ({ rawBody, headers })),
    apiKey: own,
    webhookSecret: account.webhookSecret,
    end: comparable(end),
  }
}

/** What was seen, and what is left. */
export interface Played {
  answers: Answer[]
  jobs: string[]
  callbacks: { rawBody: string; headers: unknown }[]
  apiKey: string
  webhookSecret: string
  /** The snapshot of the World at the end, but for what real time put into it. */
  end: WorldSnapshot
}

/** Real time is no part of a World's state. */
function comparable(snapshot: WorldSnapshot): WorldSnapshot {
  return JSON.parse(JSON.stringify(snapshot, (name, value) => (name === 'wallMs' ? 0 : value)))
}
