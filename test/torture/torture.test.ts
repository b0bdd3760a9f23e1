import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { crashPart, type Trial } from './crash.ts'
import { fuzz } from './fuzz.ts'
import { model } from './model.ts'
import { type Outcome, type Part, runPart } from './part.ts'
import { openTarget, type Target, type TargetOptions } from './target.ts'

const EVERY = 10

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are broken.
  body: any
}

/** Breaks one answer in ten of those that it is given. @returns `null` for an answer that it cannot break */
type Break = (answer: Answer, path: string) => Answer | null

const wrongStatus: Break = ({ status, body }) => (status < 300 ? { status: 299, body } : null)
const missingField: Break = ({ status, body }) => {
  const [first] = Object.keys(body)
  return first === undefined ? null : { status, body: { ...body, [first]: undefined } }
}
const doubledCharge: Break = ({ status, body }, path) => {
  const spent = body.spent_micro_usd
  return path.includes('/accounts/') && spent > 0 ? { status, body: { ...body, spent_micro_usd: 2 * spent } } : null
}

/** A server with a proxy in front that breaks some of its answers. */
async function openBroken(breakIt: Break, options?: TargetOptions): Promise<Target> {
  const target = await openTarget(options)
  const { stop } = target
  const { hostname, port } = new URL(target.url)
  let passed = 0
  const proxy = createServer((request, response) => {
    const path = request.url ?? '/'
    const onward = httpRequest({ hostname, port, path, method: request.method, headers: request.headers })
    onward.on('error', () => response.destroy())
    onward.on('response', async (answer) => {
      if (!answer.headers['content-type']?.startsWith('application/json')) {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
        return
      }
      try {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        const { status, body } = broken({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }, path)
        const { 'content-length': _, ...headers } = answer.headers
        response.writeHead(status, headers).end(body)
      } catch {
        response.destroy()
      }
    })
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  const broken = (
    answer: { status: number; body: Buffer },
    path: string,
  ): { status: number; body: Buffer | string } => {
    if (answer.body[0] !== 0x7b) return answer
    const changed = breakIt({ ...answer, body: JSON.parse(answer.body.toString()) }, path)
    if (changed === null || ++passed % EVERY > 0) return answer
    return { status: changed.status, body: JSON.stringify(changed.body) }
  }
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return Object.defineProperties(target, {
    url: { value: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    stop: {
      value: async () => {
        proxy.close()
        proxy.closeAllConnections()
        await stop()
      },
    },
  })
}

function run(part: Part, breakIt: Break): Promise<Outcome> {
  return runPart(part, { size: 'short', seed: 7, rounds: 1, open: (options) => openBroken(breakIt, options) })
}

const kinds = ({ breakages }: Outcome): string[] => [...breakages.keys()]

// Their rounds take a while: in CI alone. That nothing is named where nothing is wrong, `npm run torture` shows.
describe.runIf(process.env['CI'])('What one answer in ten does wrong is named', () => {
  test('a status that is not described', { timeout: 120_000 }, async () => {
    expect(kinds(await run(fuzz, wrongStatus))).toContain('299 is not described')
  })

  test('a field that is missing', { timeout: 120_000 }, async () => {
    expect(kinds(await run(fuzz, missingField)).join()).toMatch(
      /breaks its schema: the body must have required property/,
    )
  })

  test('a charge that is doubled, with the few commands that show it', { timeout: 120_000 }, async () => {
    const outcome = await run(model, doubledCharge)
    expect(kinds(outcome).join()).toMatch(/after \w+, the balance is/)
    expect(outcome.report().join()).toMatch(/"do":"submit"[\s\S]*npm run torture -- --only model --seed 7 --rounds 1/)
    expect(outcome.tried.get('sequences')).toBe(50)
  })
})

/** What is broken by what happens to a folder between a kill and the next start. */
async function kindsAfter(tamper: Trial['tamper']): Promise<string[]> {
  const part = crashPart({ tamper, kills: 4 })
  return kinds(await runPart(part, { size: 'short', seed: 7, rounds: 1, open: openTarget }))
}

const DATABASE = 'phota-mock.db'

describe.runIf(process.env['CI'])('What a folder loses between a kill and the next start is named', () => {
  test('its latest moments', { timeout: 120_000 }, async () => {
    const files = new Map<string, Buffer | null>()
    const found = await kindsAfter((folder) => {
      const isFirst = files.size === 0
      for (const name of [DATABASE, `${DATABASE}-wal`]) {
        const path = join(folder, name)
        const first = files.get(name)
        if (isFirst) files.set(name, existsSync(path) ? readFileSync(path) : null)
        else if (first) writeFileSync(path, first)
        else rmSync(path, { force: true })
      }
      if (!isFirst) rmSync(join(folder, `${DATABASE}-shm`), { force: true })
    })
    expect(found).toEqual(expect.arrayContaining(['an answered submit is lost', 'an answered job is polled with 404']))
  })

  test('its callbacks', { timeout: 120_000 }, async () => {
    const found = await kindsAfter((folder) => {
      const database = new DatabaseSync(join(folder, DATABASE))
      database.exec('DELETE FROM deliveries')
      database.close()
    })
    expect(found).toContain('a callback never arrived')
  })
})

test('a round that throws is a breakage, and stops nothing', async () => {
  const part: Part = {
    name: 'fragile',
    about: '',
    rounds: { full: 1, short: 1 },
    async run(round) {
      const target = await round.open()
      round.tried('rounds')
      if (round.seed === 1) throw new Error('it stopped')
      round.broke('it broke', `${target.url} | first`, 'here')
    },
  }
  const outcome = await runPart(part, { size: 'short', seed: 1, rounds: 3, open: openTarget })
  expect(outcome.row()).toBe('| fragile | 3 rounds |  | the round stopped: it stopped (1); it broke (2) |')
  expect(outcome.report()[1]).toMatch(
    /^fragile: it broke \(2 ×; here\)\n {2}http:\S+ \| first\n {2}repeat: npm run torture -- --only fragile --seed 2 --rounds 1$/,
  )
})
