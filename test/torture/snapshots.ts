import fc from 'fast-check'
import { connect } from '../../src/control/index.ts'
import { type Damage, damage, damaged } from './arbitraries.ts'
import type { Part, Round } from './part.ts'
import { commands, openWorld, play } from './play.ts'
import { ASYNC, askJson, brokenInvariants, type Target } from './target.ts'

const DAMAGES = 15
const PATIENCE_MS = 3000
/** Takes years on a text of some 40 letters. */
const SLOW_PATTERN = { $: 'RegExp', source: '^(a+)+$', flags: '' }
const PROMPT = `${'a'.repeat(40)}!`

/** Snapshots of random plays, each with one damage. */
export const snapshots: Part = {
  name: 'snapshots',
  about: 'snapshots with one damaged field: refused, or a World that works',
  rounds: { full: 100, short: 3 },
  async run(round) {
    let target = await round.open()
    const [list = []] = fc.sample(commands, { seed: round.seed, numRuns: 1 })
    const damages = fc.sample(damage, { seed: round.seed, numRuns: DAMAGES })
    let whole = await takeOne(target, list)
    await tryPattern(round, target, whole)
    for (const each of damages) {
      if (!target.isAlive || (await isSilent(target))) {
        target = await round.open()
        whole = await takeOne(target, list)
      }
      await tryDamage(round, target, whole, each)
      round.tried('damaged snapshots')
    }
  },
}

async function takeOne({ url }: Target, list: Parameters<typeof play>[2]): Promise<Record<string, unknown>> {
  const control = connect(url)
  const world = await openWorld(control)
  await play(control, world, list)
  return (await world.snapshot()) as Record<string, unknown>
}

async function isSilent({ url }: Target): Promise<boolean> {
  return (await askJson(url, 'GET', '/worlds/model', undefined, undefined, PATIENCE_MS)).status === 0
}

async function tryDamage(round: Round, { url }: Target, whole: Record<string, unknown>, how: Damage): Promise<void> {
  const damagedOne = damaged(whole, how)
  const place = whereOf(whole, damagedOne)
  const example = (text: string) =>
    `${how.how} ${place}: ${JSON.stringify(how.by)?.slice(0, 200)}\n${text.slice(0, 500)}`
  const mend = () => askJson(url, 'PUT', '/worlds/model/snapshot', whole)
  if ((await mend()).status !== 200) return round.broke('the whole snapshot is not taken', example(''))
  const before = (await askJson(url, 'GET', '/worlds/model/snapshot')).text
  const answer = await askJson(url, 'PUT', '/worlds/model/snapshot', damagedOne, undefined, PATIENCE_MS)
  if (answer.status === 0) return round.broke('a damaged snapshot is not answered', example(answer.text), place)
  if (answer.status === 200) {
    round.tried('of them taken')
    for (const problem of await problemsOf(url))
      round.broke(`taken, and then ${problem.replace(/: .*/s, '')}`, example(problem), place)
    return
  }
  if (answer.status !== 400 && answer.status !== 409)
    round.broke(`a damaged snapshot is answered ${answer.status}`, example(answer.text), place)
  const after = await askJson(url, 'GET', '/worlds/model/snapshot')
  if (after.text !== before)
    round.broke('a refused snapshot changed the World', example(`${answer.text}\nnow: ${after.text}`), place)
}

/** What does not work in the World that a snapshot made. */
async function problemsOf(url: string): Promise<string[]> {
  const problems = await brokenInvariants(url)
  let isSilent = false
  const look = async (method: string, path: string, body?: object, key?: string): Promise<void> => {
    if (isSilent) return
    const { status, text } = await askJson(url, method, path, body, key, PATIENCE_MS)
    isSilent = status === 0
    const [name] = path.replace('/worlds/model', '').split('?')
    if (status === 0 || status >= 500) problems.push(`${method} ${name || '/'} is answered ${status}: ${text}`)
  }
  for (const path of [
    '',
    '/clock',
    '/jobs',
    '/timeline',
    '/deliveries',
    '/scenarios',
    '/journal',
    '/journal.har',
    '/snapshot',
  ]) {
    await look('GET', `/worlds/model${path}`)
  }
  for (const id of ['alice', 'bob']) await look('GET', `/worlds/model/accounts/${id}/ledger`)
  const { jobs = [] } = JSON.parse((await askJson(url, 'GET', '/worlds/model/jobs')).text || '{}') as {
    jobs?: { job_id: string; account: string }[]
  }
  for (const { job_id, account } of jobs.slice(-3)) {
    await look('GET', `/jobs/${job_id}`, undefined, `${account}-key`)
    await look('GET', `/worlds/model/jobs/${encodeURIComponent(job_id)}`)
  }
  await look('POST', '/generate', { prompt: PROMPT, ...ASYNC }, 'alice-key')
  for (const by of ['20s', '31m', '25h']) await look('POST', '/worlds/model/clock/advance', { by })
  await look('GET', '/profiles/ids', undefined, 'alice-key')
  return isSilent ? problems : [...problems, ...(await brokenInvariants(url))]
}

/** A pattern out of a snapshot is run on what clients send. */
async function tryPattern(round: Round, { url }: Target, whole: Record<string, unknown>): Promise<void> {
  const made = await askJson(url, 'POST', '/worlds/model/scenarios', {
    match: { prompt: 'x' },
    effect: { running: '1s' },
  })
  if (made.status !== 201) return
  const snapshot = await askJson(url, 'GET', '/worlds/model/snapshot')
  const withPattern = JSON.parse(snapshot.text.replaceAll('"prompt":"x"', `"prompt":${JSON.stringify(SLOW_PATTERN)}`))
  const { status } = await askJson(url, 'PUT', '/worlds/model/snapshot', withPattern)
  round.tried('slow patterns')
  const submit = await askJson(url, 'POST', '/generate', { prompt: PROMPT, ...ASYNC }, 'alice-key', PATIENCE_MS)
  if (submit.status === 0)
    round.broke('a pattern of a snapshot blocks the server', `restored (${status}), then ${submit.text}`)
  else await askJson(url, 'PUT', '/worlds/model/snapshot', whole)
}

/** The path to the first difference, with positions as N. */
function whereOf(a: unknown, b: unknown): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return ''
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) {
    const [one, other] = [a, b].map((of) => (Object.hasOwn(of, key) ? (of as Record<string, unknown>)[key] : undefined))
    if (JSON.stringify(one) !== JSON.stringify(other)) return `.${/^\d+$/.test(key) ? 'N' : key}${whereOf(one, other)}`
  }
  return ''
}
