import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from '../../src/server/server-options.ts'

/** What a server under torture starts with; as JSON, because it runs in another process. */
export type TargetOptions = Pick<ServerOptions, 'clock' | 'speed' | 'checkResponses' | 'world' | 'callbackGraceMs'> & {
  /** Collect garbage whenever the figures are asked for. */
  collect?: boolean
}

/** What the server's process tells of itself. */
export interface Figures {
  heapMb: number
  rssMb: number
  /** The highest resident memory so far. */
  peakMb: number
  /** The longest that its event loop stood still since the figures were last asked for. */
  blockedMs: number
  sockets: number
}

/** A server under torture. */
export interface Target {
  url: string
  /** What it wrote to stderr, if anything; and how it ended, unless it was stopped. */
  readonly complaint: string
  readonly isAlive: boolean
  figures(): Promise<Figures>
  stop(): Promise<void>
}

const DEAD: Figures = { heapMb: 0, rssMb: 0, peakMb: 0, blockedMs: 0, sockets: 0 }

export async function openTarget({ collect = false, ...options }: TargetOptions = {}): Promise<Target> {
  const child = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...(collect ? ['--expose-gc'] : [])],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  let isStopped = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < 20_000) complaint += text
  })
  const exited = once(child, 'exit').then(([code, signal]) => {
    if (!isStopped) complaint = `Error: the server ended with ${code ?? signal}\n${complaint}`
  })
  const [url] = (await Promise.race([once(child, 'message'), exited.then(() => [''])])) as [string]
  if (url === '') throw new Error(`the server did not start: ${complaint}`)
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null
  return {
    url,
    get complaint() {
      return complaint
    },
    get isAlive() {
      return isAlive()
    },
    figures: async () => {
      if (!isAlive()) return DEAD
      const answer = once(child, 'message') as Promise<[Figures]>
      child.send('figures')
      const [figures] = await Promise.race([answer, exited.then(() => [DEAD])])
      return figures ?? DEAD
    },
    stop: async () => {
      isStopped = true
      child.kill('SIGKILL')
      await exited
    },
  }
}

export interface Asked {
  method: string
  /** Goes onto the wire as it is. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Whose connections are used; those of all others, if left out. */
  agent?: Agent
}

/** An answer; `status` is 0 if none came, and `text` says why. */
export interface Told {
  status: number
  headers: IncomingHttpHeaders
  text: string
  ms: number
}

const sharedAgent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Asks once. An event stream counts as answered once it begins. */
export function ask(
  url: string,
  { method, path, headers, body, agent = sharedAgent }: Asked,
  timeoutMs = 10_000,
): Promise<Told> {
  const { hostname, port } = new URL(url)
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const tell = (status: number, text: string, headers: IncomingHttpHeaders = {}): void => {
      clearTimeout(timer)
      resolve({ status, text, headers, ms: performance.now() - startedMs })
    }
    const timer = setTimeout(() => {
      request.destroy()
      tell(0, `no answer within ${timeoutMs} ms`)
    }, timeoutMs)
    const request = httpRequest({ agent, hostname, port, method, path, headers: { ...headers } })
    if (body !== undefined) request.setHeader('content-length', Buffer.byteLength(body))
    request.on('error', (error) => tell(0, `no answer: ${error.message}`))
    request.on('response', (response) => {
      const { statusCode: status = 0 } = response
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', (error) => tell(0, `the answer broke off: ${error.message}`))
      response.on('end', () => tell(status, Buffer.concat(chunks).toString(), response.headers))
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        tell(status, '', response.headers)
        request.destroy()
      }
    })
    request.end(body)
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** A request to the control API, or with a key to the API. */
export function askJson(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  key?: string,
  timeoutMs?: number,
): Promise<Told> {
  return ask(
    url,
    {
      method,
      path: (key === undefined ? '/_mock' : '/v1/phota') + path,
      headers: { ...(key !== undefined && { 'x-api-key': key }), ...(body !== undefined && JSON_TYPE) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    timeoutMs,
  )
}

export const ASYNC = { async: true, response_mode: 'urls' } as const

interface Balance {
  id: string
  deposited_micro_usd: number
  available_micro_usd: number
  reserved_micro_usd: number
  spent_micro_usd: number
}

/** What must hold in every server at every moment. @returns what does not */
export async function brokenInvariants(url: string): Promise<string[]> {
  const broken: string[] = []
  const expect = (told: Told, status: number, what: string): boolean => {
    if (told.status !== status)
      broken.push(`${what} is answered ${told.status}, expected ${status}: ${told.text.slice(0, 300)}`)
    return told.status === status
  }
  const list = await askJson(url, 'GET', '/worlds')
  if (!expect(list, 200, 'the list of Worlds')) return broken
  const { worlds } = JSON.parse(list.text) as { worlds: { id: string; accounts: Balance[] }[] }
  for (const { id, accounts } of worlds) {
    for (const account of accounts) {
      const { deposited_micro_usd, available_micro_usd, reserved_micro_usd, spent_micro_usd } = account
      const sum = available_micro_usd + reserved_micro_usd + spent_micro_usd
      if (sum === deposited_micro_usd && reserved_micro_usd >= 0 && spent_micro_usd >= 0) continue
      broken.push(`money is not conserved: ${JSON.stringify({ ...account, keys: undefined })}`)
    }
    expect(await askJson(url, 'GET', `/worlds/${id}/journal.har`), 200, 'the HAR export')
  }
  const made = await askJson(url, 'POST', '/worlds', { accounts: [{ id: 'ordinary', deposit: '1.00' }] })
  if (!expect(made, 201, 'an ordinary World')) return broken
  const { id, accounts } = JSON.parse(made.text) as { id: string; accounts: [{ keys: [string] }] }
  const submit = await askJson(url, 'POST', '/generate', { prompt: 'a lighthouse', ...ASYNC }, accounts[0].keys[0])
  expect(submit, 202, 'an ordinary submit')
  expect(await askJson(url, 'DELETE', `/worlds/${id}`), 204, 'the removal of an ordinary World')
  return broken
}
