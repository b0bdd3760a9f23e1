import { randomBytes, randomInt } from 'node:crypto'
import { type Exchange, fieldOf, jsonOf, textOf } from '../http/exchange.ts'
import type { Caller } from '../target.ts'
import { show, type Trial } from '../trial.ts'

/** An id that was never issued to anybody. */
export function randomId(): string {
  return randomBytes(16).toString('hex')
}

/** How many characters at the end of an id are taken for chance: so many are in every form of id that we know. */
const CHANCE_CHARACTERS = 10

/** An id of the same form that was never issued: letters for letters, digits for digits. */
export function alike(id: string): string {
  const isHex = /^[0-9a-f-]+$/i.test(id)
  let left = CHANCE_CHARACTERS
  const changed = [...id].toReversed().map((each) => {
    if (left === 0 || !/[0-9a-z]/i.test(each)) return each
    left -= 1
    if (isHex || /\d/.test(each)) return pick(/[A-F]/.test(id) ? '0123456789ABCDEF' : isHex ? HEX : DIGITS, each)
    return pick(/[A-Z]/.test(each) ? 'ABCDEFGHJKMNPQRSTVWXYZ' : 'abcdefghjkmnpqrstvwxyz', each)
  })
  return changed.toReversed().join('')
}

const DIGITS = '0123456789'
const HEX = '0123456789abcdef'

function pick(alphabet: string, not: string): string {
  const others = [...alphabet].filter((each) => each !== not)
  return others[randomInt(others.length)] ?? not
}

/** A job whose download URLs are without their query: that part may be signed anew. */
export function withoutQueries(job: unknown): unknown {
  const result = fieldOf(job, 'result')
  const urls = fieldOf(result, 'download_urls')
  if (!Array.isArray(urls)) return job
  const bare = urls.map((url) => String(url).split('?')[0])
  return { ...(job as object), result: { ...(result as object), download_urls: bare } }
}

/** Beside GET: what else a stranger can send to the path of a job. Of each, another's job answers as an unknown one. */
export const METHODS = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** What an unknown id is answered with, of one stranger, and what of that is another with each answer. */
interface Baseline {
  readonly facts: ReadonlyMap<string, string>
  readonly telling: readonly string[]
}

const baselines = new WeakMap<Caller, Promise<Baseline>>()

/** To another account, a job must be answered exactly like an id that was never issued. */
export async function holdHidden(trial: Trial, stranger: Caller, jobId: string, what: string): Promise<void> {
  const foreign = await stranger.poll(jobId)
  if (!trial.status(foreign, 404, `for ${what}`)) return
  const baseline = baselines.get(stranger) ?? baselineOf(stranger, jobId)
  baselines.set(stranger, baseline)
  const { facts, telling } = await baseline
  // That an unknown id is not 404, poll.unknown says.
  if (facts.get('status') !== '404') return
  const seen = factsOf(foreign, jobId)
  const names = [...telling, ...[...seen.keys()].filter((name) => !facts.has(name))]
  const different = names.filter((name) => seen.get(name) !== facts.get(name))
  const lasting = different.length === 0 ? [] : await lastingOf(different, stranger, jobId, { seen, facts })
  const pick = (all: ReadonlyMap<string, string>): object =>
    Object.fromEntries(lasting.map((name) => [name, all.get(name) ?? null]))
  const expected = `the answer that an unknown id gets: ${show(lasting.length === 0 ? { status: '404' } : pick(facts))}`
  trial.expect(foreign, lasting.length === 0, expected, show(pick(seen)))
}

/** So many more pairs of answers are compared before a difference is called one. */
const PAIRS = 3

/** Those that tell the two apart each time: which of several servers answers, or from which cache, tells nothing. */
async function lastingOf(
  different: readonly string[],
  stranger: Caller,
  jobId: string,
  { seen, facts }: { seen: ReadonlyMap<string, string>; facts: ReadonlyMap<string, string> },
): Promise<string[]> {
  const [theirs, unknowns] = [[seen], [facts]]
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const id = alike(jobId)
    unknowns.push(factsOf(await stranger.poll(id), id))
    theirs.push(factsOf(await stranger.poll(jobId), jobId))
  }
  return different.filter((name) => {
    const values = new Set(unknowns.map((all) => all.get(name)))
    return theirs.every((all) => !values.has(all.get(name)))
  })
}

async function baselineOf(stranger: Caller, jobId: string): Promise<Baseline> {
  const ids = [alike(jobId), alike(jobId)] as const
  const [one, two] = [factsOf(await stranger.poll(ids[0]), ids[0]), factsOf(await stranger.poll(ids[1]), ids[1])]
  // What differs between two ids that never were tells nothing.
  return { facts: one, telling: [...one.keys()].filter((name) => one.get(name) === two.get(name)) }
}

/** The same for whatever else can be sent to its path. */
export async function holdHiddenFromAll(trial: Trial, stranger: Caller, jobId: string, what: string): Promise<void> {
  const [slash, unknownSlash] = [
    await stranger.probe(jobId, 'GET', '/'),
    await stranger.probe(alike(jobId), 'GET', '/'),
  ]
  const withSlash = `${unknownSlash.status} for a path with a slash at its end, as an unknown id gets, for ${what}`
  trial.expect(slash, slash.status === unknownSlash.status, withSlash, `${slash.status}`)
  for (const method of METHODS) {
    const [theirs, unknown] = [await stranger.probe(jobId, method), await stranger.probe(alike(jobId), method)]
    const expected = `${unknown.status} for ${method}, as an unknown id gets, for ${what}`
    trial.expect(theirs, theirs.status === unknown.status, expected, `${theirs.status}`)
  }
}

/** All that an answer tells, each part by its name; the id that was asked for stands as `<id>`. */
function factsOf(exchange: Exchange, id: string): Map<string, string> {
  const facts = new Map([['status', String(exchange.status)]])
  for (const [name, value] of exchange.headers) {
    if (!PER_ANSWER.some((pattern) => pattern.test(name))) facts.set(`header ${name}`, value.replaceAll(id, '<id>'))
  }
  const body = jsonOf(exchange)
  if (body === undefined) facts.set('body', textOf(exchange).replaceAll(id, '<id>'))
  else for (const [path, value] of leaves(body, 'body')) facts.set(path, value.replaceAll(id, '<id>'))
  return facts
}

function leaves(value: unknown, path: string): [string, string][] {
  if (value === null || typeof value !== 'object') return [[path, JSON.stringify(value)]]
  const inside = Object.entries(value)
  if (inside.length === 0) return [[path, JSON.stringify(value)]]
  return inside.flatMap(([name, each]) => leaves(each, `${path}.${name}`))
}

/** Headers that are another with each answer, follow from the rest, or are of the connection alone. */
const PER_ANSWER = [
  /^(date|age|etag|set-cookie|server-timing|content-length)$/,
  /^(connection|keep-alive|transfer-encoding|upgrade|via)$/,
  /request-id|trace|rate-?limit/,
]
