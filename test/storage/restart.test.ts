import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '../../src/engine/account.ts'
import { MisuseError } from '../../src/engine/misuse-error.ts'
import { Refusal } from '../../src/engine/refusal.ts'
import { World } from '../../src/phota/world.ts'
import { course, courseEffect, holds, imageRequest, LIMITS, RUNS, step } from '../properties/support.ts'
import { type Driven, driven, emptyFolder, Kept, stateOf } from './keeping.ts'

const account = fc.nat({ max: 2 })
const nth = fc.nat({ max: 9 })
const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      account,
      mode: fc.constantFrom('async' as const, 'async' as const, 'sync' as const),
      key: fc.constantFrom(null, 'a', 'b', 'ü\u0000"'),
      prompt: fc.constantFrom('a dog', 'a cat', '\ud800'),
      callbackUrl: fc.constantFrom(null, 'http://127.0.0.1:9/a', 'http://elsewhere.test/', 'http://127.0.0.1:9/b?c=d'),
      filesUrl: fc.constantFrom(null, 'http://localhost:4010/w'),
      profile: fc.option(nth, { freq: 2 }),
      outputs: fc.constantFrom(1, 2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.oneof(step, fc.constant(480_000)) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('scenario' as const),
      course,
      account: fc.option(account),
      probability: fc.option(fc.constantFrom(0.5, 1)),
      nth: fc.option(fc.constantFrom(1, 2)),
      times: fc.option(fc.constantFrom(1, 2)),
      callback: fc.constantFrom(null, 'never' as const, 'duplicate' as const, 'wrong-signature' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unscenario' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deposit' as const), account, microUsd: fc.nat(2_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('account' as const), id: fc.constantFrom('dora', 'emil') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('key' as const), account, key: fc.constantFrom('k-1', 'k-2') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('secret' as const), account }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('train' as const),
      account,
      tier: fc.constantFrom('standard' as const, 'fast' as const),
      url: fc.constantFrom('https://example.com/1.jpg', 'https://example.invalid/1.jpg'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('untrain' as const), nth }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('step' as const, 'fail' as const, 'hang' as const, 'call' as const),
      nth,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redeliver' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const), nth }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

const game = fc.record({
  keep: fc.constantFrom('everything' as const, { entries: 3, bytes: 100_000 }),
  commands: fc.array(fc.tuple(command, fc.constantFrom('', '', '', 'turn', 'ends', 'crashes')), {
    minLength: 1,
    maxLength: 30,
    size: 'max',
  }),
})

function begin(keep: 'everything' | { entries: number; bytes: number }): World {
  const world = new World({ ...LIMITS, keep, seed: 'kept', startMs: 1_000_000_000_000 })
  world.load({
    accounts: [
      { id: 'alice', keys: ['k-alice'], deposit: '5.00' },
      { id: 'bob', keys: ['k-bob'], deposit: '1.00' },
      { id: 'carol', deposit: '0.00' },
    ],
    profiles: [{ account: 'alice', profile_id: 'p-old' }],
    jobs: [{ account: 'alice', status: 'expired' }],
  })
  return world
}

/** What came of it, a refusal too. */
async function play({ world, drive }: Driven, command: Command): Promise<unknown> {
  const accounts = [...world.accounts.values()]
  const one = <Thing>(things: Iterable<Thing>, at: number): Thing | undefined => {
    const all = [...things]
    return all.length === 0 ? undefined : all[at % all.length]
  }
  const job = 'nth' in command ? one(world.jobs.live(), command.nth ?? 0) : undefined
  const owner = ('account' in command ? accounts[command.account ?? 0] : accounts[0]) as Account
  try {
    switch (command.do) {
      case 'submit': {
        const profile = command.profile === null ? undefined : one(world.profiles.all(), command.profile)
        const { job, replayed } = world.submit(
          owner,
          imageRequest({
            prompt: command.prompt,
            outputs: command.outputs,
            clientRequestId: command.key,
            callbackUrl: command.callbackUrl,
            profileIds: profile ? [profile.id] : [],
          }),
          command.mode,
          command.filesUrl,
        )
        return [job.id, replayed]
      }
      case 'advance':
        return (await drive.advance(command.byMs)).counts
      case 'scenario':
        return world.scenario({
          match: {
            ...(command.account !== null && { account: accounts[command.account]?.id as string }),
            ...(command.probability !== null && { probability: command.probability }),
            ...(command.nth !== null && { nth: command.nth }),
          },
          effect: {
            ...courseEffect(command.course),
            ...(command.callback !== null && { callback: { fault: command.callback } }),
          },
          ...(command.times !== null && { times: command.times }),
        })
      case 'unscenario':
        return world.removeScenario(one(world.scenarios.all(), command.nth)?.id ?? '')
      case 'deposit':
        return world.deposit(owner, command.microUsd)
      case 'account':
        return world.createAccount({ id: command.id }).keys
      case 'key':
        return world.addKeys(owner, [command.key])
      case 'secret':
        world.rotateWebhookSecret(owner)
        return owner.webhookSecret
      case 'train':
        return world.profiles.add(owner, { image_urls: [command.url], training_tier: command.tier, tag: null }).id
      case 'untrain': {
        const profile = one(world.profiles.all(), command.nth)
        return profile && world.profiles.delete(profile.account, profile.id)
      }
      case 'step':
        return job && world.jobs.forceStep(job)
      case 'fail':
        return job && world.jobs.forceFailure(job, 'INTERNAL')
      case 'hang':
        return job && world.jobs.hang(job)
      case 'call':
        return (
          job && world.jobs.injectDelivery(job, { fault: 'duplicate', delayMs: 1_000, url: 'http://127.0.0.1:9/x' }).id
        )
      case 'redeliver': {
        const delivery = one(world.outbox.all(), command.nth)
        return delivery && world.outbox.redeliver(delivery).id
      }
      case 'look':
        return job && world.jobs.body(world.jobs.poll(job.account, job.id))
    }
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    if (error instanceof MisuseError) return error.message
    throw error
  } finally {
    drive.enter()
    await drive.idle()
  }
}

test('a World that is stopped and started, or killed, at any time is one that never was', () => {
  const root = emptyFolder()
  let games = 0
  return holds(
    fc.asyncProperty(game, async ({ keep, commands }) => {
      const never = driven(begin(keep))
      const kept = Kept.begin(join(root, String(++games)), begin(keep))
      for (const [command, then] of commands) {
        expect(await play(kept, command)).toEqual(await play(never, command))
        if (then === 'turn') kept.commit()
        if (then === 'ends' || then === 'crashes') {
          await kept.restart(then)
          expect(stateOf(kept.world)).toEqual(stateOf(never.world))
        }
      }
      await kept.restart('crashes')
      expect(stateOf(kept.world)).toEqual(stateOf(never.world))
      kept.close()
    }),
    // Each opens a dozen databases.
    RUNS / 4,
  )
})
