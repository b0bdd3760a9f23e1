import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Phota } from '../../src/fixture/phota.ts'
import { course, courseEffect, holds, LIMITS, OPERATIONS, step } from './support.ts'

const IMAGE = 'https://example.com/photo.jpg'
const MINIMAL = {
  edit: { prompt: 'brighter', images: [IMAGE] },
  generate: { prompt: 'a lighthouse' },
  enhance: { image: IMAGE },
  remix: { input_image: IMAGE, reference_image: IMAGE },
}

const command = fc.oneof(
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
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

interface Answer {
  status: number
  headers: [string, string][]
  body: string
}

/** Everything a client and its receiver got to see in a fresh World of this seed. */
async function play(seed: string, commands: readonly Command[]) {
  const phota = new Phota({ ...LIMITS, seed, callbackGraceMs: 1 })
  const receiver = phota.receiver(200)
  const answers: Answer[] = []
  const jobs: string[] = []
  const ask = async (method: string, path: string, key: string | null, body?: object) => {
    const response = await phota.fetch(`${phota.baseUrl}/${path}`, {
      method,
      headers: { ...(key !== null && { 'X-API-Key': key }), 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = { status: response.status, headers: [...response.headers], body: await response.text() }
    answers.push(answer)
    return answer
  }
  const own = phota.account.apiKey
  for (const command of commands) {
    switch (command.do) {
      case 'advance':
        await phota.clock.advance(command.byMs)
        break
      case 'poll':
        await ask('GET', `jobs/${jobs[command.job % Math.max(1, jobs.length)] ?? 'none-yet'}`, own)
        break
      case 'train':
        await ask('POST', 'profiles/add', own, {
          image_urls: Array.from({ length: 30 }, () => IMAGE),
          training_tier: command.tier,
        })
        break
      case 'ask':
        await ask(command.method, command.path, command.key === 'own' ? own : command.key)
        break
      case 'submit synchronously': {
        const answer = ask('POST', command.operation, own, { ...MINIMAL[command.operation], response_mode: 'urls' })
        while (phota.world.jobs.openRequests().length === 0) await new Promise((resolve) => setImmediate(resolve))
        await phota.clock.advance(LIMITS.syncLimitMs)
        await answer
        break
      }
      case 'submit': {
        const { operation, key, outputs, callback, course } = command
        const scenario = phota.scenario({ effect: courseEffect(course) })
        const { status, body } = await ask('POST', operation, own, {
          ...MINIMAL[operation],
          async: true,
          response_mode: 'urls',
          num_output_images: outputs,
          ...(key !== null && { client_request_id: key }),
          ...(callback && { callback_url: receiver.url }),
        })
        phota.world.scenarios.remove(scenario)
        if (status === 202) jobs.push(JSON.parse(body).job_id)
      }
    }
  }
  await phota.close()
  return {
    answers,
    jobs,
    callbacks: receiver.received.map(({ rawBody, headers }) => ({ rawBody, headers })),
    apiKey: own,
    webhookSecret: phota.account.webhookSecret,
  }
}

const seed = fc.string({ maxLength: 8 })
const commands = fc.array(command, { minLength: 1, maxLength: 10, size: 'max' })

test('the same seed and the same requests get the same bytes: status, headers, bodies, callbacks', async () => {
  await holds(
    fc.asyncProperty(seed, commands, async (seed, commands) => {
      expect(await play(seed, commands)).toEqual(await play(seed, commands))
    }),
  )
})

test('another seed gives other ids, keys and secrets, and the same answers but for them (submit.job-id-opaque)', async () => {
  await holds(
    fc.asyncProperty(fc.uniqueArray(seed, { minLength: 2, maxLength: 2 }), commands, async (seeds, commands) => {
      const own = commands.filter((command) => command.do !== 'ask' || findsItsWorld(command))
      const [one, other] = [await play(seeds[0] as string, own), await play(seeds[1] as string, own)]
      expect(one.answers.map(({ status }) => status)).toEqual(other.answers.map(({ status }) => status))
      expect(one.apiKey).not.toBe(other.apiKey)
      expect(one.webhookSecret).not.toBe(other.webhookSecret)
      const ids = (played: typeof one) => [...played.jobs, ...played.answers.flatMap(requestId)]
      for (const id of ids(one)) expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect(ids(one).filter((id) => ids(other).includes(id))).toEqual([])
      expect(new Set(one.answers.flatMap(requestId)).size).toBe(one.answers.flatMap(requestId).length)
    }),
  )
})

/** A request that finds no World is answered by none of the two. */
function findsItsWorld({ method, path, key }: Extract<Command, { do: 'ask' }>): boolean {
  return key === 'own' && path !== 'nowhere' && (method === 'POST') === (path === 'edit')
}

function requestId({ headers }: Answer): string[] {
  return headers.flatMap(([name, value]) => (name === 'x-request-id' ? [value] : []))
}
