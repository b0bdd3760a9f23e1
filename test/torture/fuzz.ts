import fc from 'fast-check'
import { basePath, type DocumentedOperation, operations, type Validate } from '../../src/spec/index.ts'
import { error as apiError } from '../../src/spec/validators.js'
import { operations as controlOperations, basePath as controlPath } from '../spec/control/operations.ts'
import { controlError } from '../spec/control/validators.js'
import type { Part, Round } from './part.ts'
import { anyRequest } from './requests.ts'
import { type Asked, ask, askJson, brokenInvariants, type Target, type Told } from './target.ts'

const REQUESTS = { full: 500, short: 200 }
const CHECK_EVERY = 100
/** Most are answered in a few milliseconds. What is not is tried again with more patience before it counts. */
const PATIENCE_MS = { first: 1000, again: 8000 }
const BLOCKED_MS = 50
/** Reading and validating a body may take as long again. */
const BLOCKED_MS_PER_MB = 50

/** Requests made from the descriptions, each of whose answers is held against them. */
export const fuzz: Part = {
  name: 'fuzz',
  about: 'requests made from openapi.yaml and control.yaml: valid, nearly valid, odd',
  rounds: { full: 200, short: 6 },
  async run(round) {
    const requests = fc.sample(await requestsOnce(), { numRuns: REQUESTS[round.size], seed: round.seed })
    let target = await round.open()
    const ids = { job: '0'.repeat(32), delivery: 'none' }
    for (const [i, request] of requests.entries()) {
      if (!target.isAlive) target = await round.open()
      const path = request.path.replaceAll('{job}', ids.job).replaceAll('{delivery}', ids.delivery)
      await tryOne(round, target, { ...request, path }, ids)
      if ((i + 1) % CHECK_EVERY > 0) continue
      for (const broken of await brokenInvariants(target.url)) {
        round.broke(broken.replace(/: [{<"].*/s, ''), `after ${i + 1} requests: ${broken}`)
      }
      round.tried('requests', CHECK_EVERY)
      round.tried('checks of the invariants')
      await renew(target.url)
    }
  },
}

let cached: Promise<fc.Arbitrary<Asked>> | undefined

function requestsOnce(): Promise<fc.Arbitrary<Asked>> {
  cached ??= anyRequest()
  return cached
}

/** The default World as it began, so that nothing that a request changed there hides what others do. */
async function renew(url: string): Promise<Told> {
  return askJson(url, 'POST', '/worlds/default/reset')
}

async function tryOne(
  round: Round,
  target: Target,
  asked: Asked,
  ids: { job: string; delivery: string },
): Promise<void> {
  const send = (patienceMs: number): Promise<Told> => ask(target.url, asked, patienceMs)
  let told: Told
  try {
    told = await send(PATIENCE_MS.first)
  } catch {
    // Nothing that Node's own client would send; `raw` sends such.
    return
  }
  const at = nameOf(asked)
  const shown = () => `${show(asked)}\n→ ${told.status} ${told.text.slice(0, 400)}`
  if (told.status === 0) {
    if (target.isAlive && (await mayStayOpen(target.url, asked))) return void (await renew(target.url))
    const kind = told.text.replace(/ within.*/, '')
    if (!round.hasSeen(kind) && target.isAlive) told = await send(PATIENCE_MS.again)
    if (!target.isAlive) round.broke('the server ended', shown(), at)
    else if (told.status === 0) round.broke(kind, shown(), at)
    return
  }
  for (const problem of problemsOf(asked, told)) round.broke(problem, shown(), at)
  const { job_id = ids.job, id } = told.status < 300 ? fieldsOf(told.text) : {}
  ids.job = job_id
  if (id?.startsWith('d')) ids.delivery = id
  if (told.ms > BLOCKED_MS) await time(round, target, asked, at)
}

/** A busy machine makes any request slow once; what blocks the event loop does so every time. */
async function time(round: Round, target: Target, asked: Asked, at: string): Promise<void> {
  const blockedMs: number[] = []
  for (let i = 0; i < 3; i++) {
    await target.figures()
    await ask(target.url, asked, PATIENCE_MS.again)
    await new Promise((resolve) => setTimeout(resolve, 20))
    blockedMs.push((await target.figures()).blockedMs)
  }
  const least = Math.min(...blockedMs)
  round.figure('ms of event loop', least)
  const allowedMs = BLOCKED_MS + (Buffer.byteLength(asked.body ?? '') / 2 ** 20) * BLOCKED_MS_PER_MB
  if (least > 2 * allowedMs) round.broke('the event loop is blocked', `${least.toFixed(0)} ms for\n${show(asked)}`, at)
}

/** Synchronous requests wait for their World's clock, and scenarios may drop an answer or make it late. */
async function mayStayOpen(url: string, { headers }: Asked): Promise<boolean> {
  if (/drop|truncate|latency=\d|running=\d/.test(headers?.['x-mock-scenario'] ?? '')) return true
  const list = await askJson(url, 'GET', '/worlds')
  const { worlds = [] } = fieldsOf(list.text) as { worlds?: { id: string; clock: { open_requests: number } }[] }
  if (worlds.some(({ clock }) => clock.open_requests > 0)) return true
  for (const { id } of worlds) {
    const { text } = await askJson(url, 'GET', `/worlds/${id}/scenarios`)
    if (text.includes('"fault"')) return true
    const journal = await askJson(url, 'GET', `/worlds/${id}/journal?limit=1`)
    if (journal.text.includes('scenario')) return true
  }
  return false
}

interface Known {
  readonly operation: DocumentedOperation
  readonly pattern: RegExp
}

const knownOf = (base: string, table: Record<string, DocumentedOperation>): Known[] =>
  Object.values(table).map((operation) => ({
    operation,
    pattern: new RegExp(`^${base}${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
const known = [...knownOf(basePath, operations), ...knownOf(controlPath, controlOperations)]

function operationOf({ method, path }: Asked): DocumentedOperation | undefined {
  const [bare = ''] = path.split('?')
  const fitting = known.filter(({ pattern }) => pattern.test(bare))
  // A path without parameters goes before one with: /profiles/add is no profile called `add`.
  const concrete = fitting.filter(({ operation }) => operation.pathParameters.length === 0)
  return (concrete.length > 0 ? concrete : fitting).find(({ operation }) => operation.method === method)?.operation
}

function nameOf(asked: Asked): string {
  const operation = operationOf(asked)
  return operation?.operationId ?? (asked.path.startsWith(controlPath) ? 'no control operation' : 'no operation')
}

/** What is wrong with an answer. */
export function problemsOf(asked: Asked, { status, headers, text }: Told): string[] {
  // Node's own answer to headers of more than 16 KiB.
  if (status === 431) return []
  // The dashboard's page.
  if (/^\/_mock\/?(\?|$)/.test(asked.path)) return []
  if (asked.method === 'HEAD' || asked.method === 'OPTIONS') return status >= 500 ? [`${status}`] : []
  const isControl = asked.path.startsWith(controlPath)
  const isAskedFor = text.includes('has it so') || asked.headers?.['x-mock-scenario'] !== undefined
  if (status >= 500 && (isControl || text.includes('phota-mock failed'))) return [`${status} that nobody asked for`]
  const operation = operationOf(asked)
  // An answer that a scenario makes is any status; its shape still holds.
  const documented = operation?.responses[status]
  if (operation && !documented && !isAskedFor) return [`${status} is not described`]
  if (status >= 500 && !isAskedFor && !operation?.path.match(/^\/(edit|generate|enhance|remix)$/))
    return [`${status} that nobody asked for`]
  // What there is of images is told to people.
  if (/^\/[^/]+\/\d{8}\/[^/]+$/.test(asked.path.split('?')[0] as string)) return []
  if (!operation && status < 400) return asked.path.startsWith('/_mock') ? [] : [`${status} for what is not there`]
  const type = headers['content-type'] ?? null
  const wanted = documented ? documented.contentType : 'application/json'
  if (wanted === null ? text !== '' : !type?.startsWith(wanted))
    return [`${status} with content type ${type}, expected ${wanted}`]
  const validate: Validate | null = documented ? documented.validate : isControl ? controlError : apiError
  const missing = Object.keys(documented?.headers ?? {}).filter((name) => headers[name.toLowerCase()] === undefined)
  if (missing.length > 0) return [`${status} without ${missing.join(', ')}`]
  if (!validate || wanted !== 'application/json') return []
  const body = fieldsOf(text, null)
  if (body === null) return [`${status} whose body is no JSON`]
  if (validate(body)) return []
  const [{ instancePath, message } = { instancePath: '', message: '' }] = validate.errors ?? []
  return [`${status} that breaks its schema: ${instancePath.replace(/\d+/g, 'N') || 'the body'} ${message}`]
}

function fieldsOf(text: string, otherwise: object | null = {}): Record<string, string> {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise as Record<string, string>
  }
}

function show({ method, path, headers, body }: Asked): string {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${brief(value)}`)
  return [`${method} ${brief(path)}`, ...lines, ...(body === undefined ? [] : [brief(body.toString())])].join('\n')
}

function brief(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}
