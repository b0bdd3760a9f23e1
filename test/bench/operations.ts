import { type Asked, ask, pollOf, submitTo } from './load.ts'
import { type Answers, OURS, type Served, serve } from './peers.ts'

/** What is measured of a server. */
export type Operation = 'submit' | 'poll' | 'poll-succeeded'

export const TITLES: Record<Operation, string> = {
  submit: 'submit',
  poll: 'poll of an unfinished job',
  'poll-succeeded': 'poll of a succeeded job',
}

/** Not used by ours. */
const NONE: Answers = { submit: '', poll: '' }

/** Starts ours, with money that no load can spend. */
export async function serveOurs(extra: readonly string[] = [], nodeOptions: readonly string[] = []): Promise<Served> {
  const served = await serve(OURS, NONE, extra, nodeOptions)
  await control(served, '/worlds/default/accounts/alice/deposit', { amount: '999999999.00' })
  return served
}

export async function control({ origin, headers }: Served, path: string, body: unknown): Promise<string> {
  return await ask({ url: `${origin}/_mock${path}`, method: 'POST', headers, body: JSON.stringify(body) })
}

/** The request of an operation, and that there is something to poll. */
export async function prepare(served: Served, operation: Operation, answers: Answers): Promise<Asked> {
  if (operation === 'submit') return submitTo(served)
  if (served.kind !== OURS) return pollOf(served, JSON.parse(answers.poll).job_id)
  const { job_id } = JSON.parse(await ask(submitTo(served)))
  if (operation === 'poll-succeeded') await control(served, '/worlds/default/clock/advance', { by: '18s' })
  return pollOf(served, job_id)
}

/** What ours answers, so that peers of constant answers answer the same. */
export async function sampleAnswers(): Promise<Record<Operation, Answers>> {
  const served = await serveOurs()
  const submit = await ask(submitTo(served))
  const poll = await ask(await prepare(served, 'poll', NONE))
  const succeeded = await ask(await prepare(served, 'poll-succeeded', NONE))
  await served.child.stop()
  return { submit: { submit, poll }, poll: { submit, poll }, 'poll-succeeded': { submit, poll: succeeded } }
}
