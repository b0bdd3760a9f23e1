import { describe, expect, test, vi } from 'vitest'
import { sampleOf } from '../verify/sample.ts'
import { clients } from './clients/index.ts'
import { lineOf, tryClient } from './try-client.ts'

vi.setConfig({ testTimeout: 180_000 })

/** Habits that take seconds to see. `npm run grade:mutants` tries all clients, in every round. */
const QUICK = [
  'submit.same-id',
  'submit.own-id',
  'submit.not-retried',
  'poll.gone',
  'secret',
  'lenient',
  'result.whole',
]

/** Those that need no more than Node and what every machine has. */
const some = clients.filter(
  ({ habit, language, ends }) =>
    (language === 'python' || language === 'typescript') &&
    ends === 'pictures' &&
    QUICK.some((each) => habit?.startsWith(each)),
)

describe.concurrent('A client is named by the habit that it breaks, and by no unrelated one', () => {
  test.for(sampleOf(some, 2).map((client) => [client.name, client] as const))('%s', async ([, client], { expect }) => {
    const trial = await tryClient(client, true)
    expect(trial.isRight, lineOf(trial)).toBe(true)
  })
})

test('A client that keeps every habit is named by none, in some rounds', async () => {
  const [right] = sampleOf(
    clients.filter(({ name }) => name === 'py-right' || name === 'ts-right'),
    1,
  )
  const rounds = ['answer-lost', 'failed-job', 'forged-callbacks', 'refused-url', 'absent-members']
  const trial = await tryClient(right as (typeof clients)[number], false, { rounds })
  expect(trial.isRight, lineOf(trial)).toBe(true)
})

test('No two clients have the same name', () => {
  expect(new Set(clients.map(({ name }) => name)).size).toBe(clients.length)
})
