import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Caller } from '../target.ts'
import { show, type Trial } from '../trial.ts'

/** A job id that was never issued. */
export function randomId(): string {
  return randomBytes(16).toString('hex')
}

/** A job whose download URLs are without their query: that part may be signed anew. */
export function withoutQueries(job: unknown): unknown {
  const result = fieldOf(job, 'result')
  const urls = fieldOf(result, 'download_urls')
  if (!Array.isArray(urls)) return job
  const bare = urls.map((url) => String(url).split('?')[0])
  return { ...(job as object), result: { ...(result as object), download_urls: bare } }
}

/** What a stranger is told of a job must be what he is told of an id that never was. */
export async function holdHidden(trial: Trial, stranger: Caller, jobId: string, what: string): Promise<void> {
  const foreign = await stranger.poll(jobId)
  if (!trial.status(foreign, 404, `for ${what}`)) return
  const [unknownId, anotherId] = [randomId(), randomId()]
  const [one, two] = [await stranger.poll(unknownId), await stranger.poll(anotherId)]
  // What differs between two ids that never were tells nothing.
  const volatile = new Set(headerNames(one, two).filter((name) => one.headers.get(name) !== two.headers.get(name)))
  const told = (exchange: Exchange, id: string): unknown => ({
    status: exchange.status,
    headers: headerNames(one, foreign)
      .filter((name) => !volatile.has(name) && !PER_ANSWER.has(name))
      .map((name) => [name, exchange.headers.get(name)?.replaceAll(id, '<id>') ?? null]),
    body: JSON.parse(JSON.stringify({ ...(jsonOf(exchange) as object), request_id: null }).replaceAll(id, '<id>')),
  })
  const [seen, wanted] = [told(foreign, jobId), told(one, unknownId)]
  trial.show(one)
  trial.expect(
    foreign,
    isDeepStrictEqual(seen, wanted),
    `the answer that an unknown id gets: ${show(wanted)}`,
    show(seen),
  )
}

const PER_ANSWER = new Set(['date', 'x-request-id', 'age', 'etag', 'set-cookie', 'server-timing'])

function headerNames(a: Exchange, b: Exchange): string[] {
  return [...new Set([...a.headers.keys(), ...b.headers.keys()])].sort()
}
