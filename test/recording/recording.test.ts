import { expect, test } from 'vitest'
import { differences, report } from './compare.ts'
import { type Door, openInProcess, openSocket } from './doors.ts'
import type { Exchange } from './exchange.ts'
import { play } from './play.ts'

/** One of those whose 300 requests are answered in every way. */
const SEED = 3

async function record(opening: Promise<Door>): Promise<Exchange[]> {
  const seen: Exchange[] = []
  const door = await opening
  try {
    await play(door, { seed: SEED, requests: 300, draws: 1, isShort: true }, (exchange) => seen.push(exchange))
  } finally {
    await door.close()
  }
  return seen
}

/** By both doors; only the door's own business is left out. */
function shared(exchanges: readonly Exchange[]): Exchange[] {
  return exchanges.map((exchange) => {
    const { sha256, bytes, text, headers, ...rest } = { ...exchange, door: 'either' }
    // A hash stays where there is nothing else to compare.
    if (text === undefined) return { ...rest, ...(sha256 && { sha256 }), ...(headers && { headers }) }
    // Without a known key, and where there is no such World, each door answers in its own words.
    if (exchange.kind === 'download' && exchange.status !== 403) return { ...rest, status: null }
    if (exchange.status === 401 || (exchange.status === 403 && exchange.kind === 'api')) return rest
    // A server has one World more, and a journal's URLs begin with its own.
    if (exchange.what === 'getHealth' || exchange.what === 'listWorlds') return rest
    if (exchange.what === 'deleteWorld' && exchange.status !== 200) return { ...rest, status: null }
    const common = text
      .replace('there are: default, ', 'there are: ')
      .replaceAll('"url":"https://cache-cdn.', '"url":"https://api.')
    return {
      ...rest,
      text: exchange.kind === 'callbacks' ? withOwnHeaders(common) : common,
      ...(headers && { headers }),
    }
  })
}

/** Of a callback, the headers that its signer chose: `fetch` and `http.request` add their own. */
function withOwnHeaders(text: string): string {
  const callbacks = JSON.parse(text) as { headers: [string, string][] }[]
  const isOwn = ([name]: [string, string]): boolean => /^(content-|user-agent|authorization|x-)/.test(name)
  return JSON.stringify(callbacks.map((callback) => ({ ...callback, headers: callback.headers.filter(isOwn).sort() })))
}

test('both doors answer, call back and report the same bytes for one seed and one list of commands', async () => {
  const [intercepted, served] = [await record(openInProcess()), await record(openSocket())]
  const found = differences(shared(intercepted), shared(served))
  expect(found.length > 0 && report(found)).toBe(false)
  const statuses = new Set(intercepted.filter(({ kind }) => kind === 'api').map(({ status }) => status))
  for (const status of [200, 202, 400, 401, 402, 403, 404, 405, 410, 422, 429, 503, 504, null])
    expect(statuses).toContain(status)
  expect(intercepted.filter(({ kind }) => kind === 'callbacks').length).toBeGreaterThan(10)
})

test('a comparison groups what differs by its kind', () => {
  const body = (detail: string): string => JSON.stringify({ code: 'X', detail })
  const one = {
    n: 1,
    door: 'd',
    kind: 'api',
    what: 'poll',
    status: 200,
    headers: [['x', '1']],
    text: body('a'),
  } as const
  const two = { ...one, n: 2, status: 404, headers: [['y', '1']] as const, text: body('b') }
  const found = differences([one, { ...one, n: 2 }, { ...one, n: 3 }], [one, two, { ...one, n: 4 }])
  expect(found.map(({ kind }) => kind)).toEqual([
    'status: api poll',
    'header x: api poll',
    'header y: api poll',
    'sentence body.detail: api poll',
    'exchange only before: api poll',
    'exchange only after: api poll',
  ])
  expect(report(found)).toContain('1 × status: api poll\n  d 2: api poll\n    before: 200\n    after:  404')
})
