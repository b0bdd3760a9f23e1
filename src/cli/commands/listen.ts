import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Command, InvalidArgumentError, Option } from 'commander'
import { MisuseError } from '../../engine/misuse-error.ts'
import { SIGNATURE_HEADER, signBody } from '../../phota/signature.ts'
import { fetchProblem } from '../../text/fetch-problem.ts'
import { allPrintable, jsonText } from '../../text/printable.ts'
import { httpUrl, open, type Remote, remote } from '../remote.ts'
import { coloured } from '../text.ts'

interface ListenFlags {
  port: number
  forwardTo?: string
  secret?: string
  status: number
}

/** A callback that was received, and what was done with it. */
interface Arrival {
  at: string
  job_id: string | null
  status: string | null
  /** The account whose secret signed it; `null` if no secret matches. */
  signed_by: string | null
  signature: string | null
  answered: number
  /** Why it could not be forwarded; `null` if it was, or was not to be. */
  problem: string | null
  body: string
}

const FORWARD_MS = 10_000
/** Far more than a callback has. */
const MOST_BYTES = 16 * 1024 * 1024

/** RFC 9110, 7.6.1: what belongs to one connection alone; and what the next one says of its own. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'http2-settings', 'host', 'content-length', 'expect'],
]

/** `phota-mock listen` */
export function listenCommand(): Command {
  return remote(new Command('listen'))
    .description('Receive callbacks: print and verify what arrives, and forward it if asked to.')
    .addOption(new Option('--port <number>', 'port to listen on; 0 for any free one').default(4020).argParser(port))
    .option('--forward-to <url>', 'where each callback goes on to, byte for byte; its answer is ours')
    .option('--secret <hex>', 'the webhook secret, instead of those of the World’s accounts')
    .addOption(new Option('--status <code>', 'what is answered if nothing is forwarded').default(204).argParser(status))
    .addHelpText(
      'after',
      '\nExamples:\n  phota-mock listen\n  phota-mock listen --forward-to http://127.0.0.1:3000/webhooks/phota\n' +
        '  phota-mock listen --status 500',
    )
    .action(async (flags: ListenFlags, command: Command) => {
      if (flags.forwardTo !== undefined) httpUrl(flags.forwardTo, '--forward-to')
      const to = await open(command)
      const secrets = await secretsOf(to, flags)
      const seen = { callbacks: 0, forged: 0 }
      const knownSigner = async (body: Buffer, signature: string | null): Promise<string | null> => {
        const known = signerOf(secrets, body, signature)
        if (known !== null || flags.secret !== undefined) return known
        // Read again, because a secret may have been rotated, or the account may be new.
        for (const [id, secret] of await secretsOf(to, flags).catch(() => secrets)) secrets.set(id, secret)
        return signerOf(secrets, body, signature)
      }
      const server = createServer(async (request, response) => {
        // The sender may close the connection before it gets the answer.
        response.on('error', () => undefined)
        const body = await read(request)
        if (typeof body === 'string') {
          console.error(`a callback that was none: ${body}`)
          response.writeHead(413, { connection: 'close' }).end()
          return
        }
        const arrival = await receive(request, body, flags, knownSigner)
        response.writeHead(arrival.answered).end(arrival.problem ?? undefined)
        seen.callbacks++
        if (arrival.signed_by === null) seen.forged++
        console.log(to.isJson ? jsonText(arrival, 0) : arrivalText(allPrintable(arrival), flags))
      })
      const url = await listening(server, flags.port)
      console.error(`waiting for callbacks on ${url}  (Ctrl-C ends it)`)
      process.once('SIGINT', () => end(server, seen))
      process.once('SIGTERM', () => end(server, seen))
    })
}

/** Account id to secret. */
async function secretsOf({ world }: Remote, { secret }: ListenFlags): Promise<Map<string, string>> {
  if (secret !== undefined) return new Map([['--secret', secret]])
  const { accounts } = await world.describe()
  return new Map(accounts.map(({ id, webhook_signing_secret }) => [id, webhook_signing_secret]))
}

function signerOf(secrets: ReadonlyMap<string, string>, body: Buffer, signature: string | null): string | null {
  const given = Buffer.from(signature ?? '')
  for (const [id, secret] of secrets) {
    const expected = Buffer.from(signBody(secret, body))
    if (expected.length === given.length && timingSafeEqual(expected, given)) return id
  }
  return null
}

/** @returns the body, or why there is none */
async function read(request: IncomingMessage): Promise<Buffer | string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) return `its body has more than ${MOST_BYTES} bytes`
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    return `its sender broke off (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`
  }
}

async function receive(
  request: IncomingMessage,
  body: Buffer,
  { forwardTo, status }: ListenFlags,
  signerOf: (body: Buffer, signature: string | null) => Promise<string | null>,
): Promise<Arrival> {
  const signature = request.headers[SIGNATURE_HEADER.toLowerCase()]
  const given = typeof signature === 'string' ? signature : null
  const job = parse(body.toString())
  const signer = await signerOf(body, given)
  const forwarded =
    forwardTo === undefined ? { answered: status, problem: null } : await forward(request, body, forwardTo)
  return {
    at: new Date().toISOString(),
    job_id: textOf(job['job_id']),
    status: textOf(job['status']),
    signed_by: signer,
    signature: given,
    ...forwarded,
    body: body.toString(),
  }
}

async function forward(
  request: IncomingMessage,
  body: Buffer,
  to: string,
): Promise<Pick<Arrival, 'answered' | 'problem'>> {
  const own = new Set([...HOP_BY_HOP, ...(request.headers.connection ?? '').toLowerCase().split(/\s*,\s*/)])
  const headers = Object.entries(request.headers).filter(([name]) => !own.has(name)) as [string, string][]
  try {
    const response = await fetch(to, {
      method: request.method ?? 'POST',
      headers,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(FORWARD_MS),
    })
    await response.body?.cancel()
    return { answered: response.status, problem: null }
  } catch (error) {
    return { answered: 502, problem: `phota-mock listen could not forward to ${to} (${fetchProblem(error)})` }
  }
}

function arrivalText(
  { job_id, status, signed_by, signature, answered, problem }: Arrival,
  { forwardTo }: ListenFlags,
): string {
  const verdict =
    signed_by !== null
      ? coloured(`genuine, signed for ${signed_by}`, true)
      : coloured(signature === null ? 'FORGED: it has no signature' : 'FORGED: nobody’s secret signs it so', false)
  const onward = forwardTo === undefined ? '' : ` by ${forwardTo}`
  return (
    `${new Date().toLocaleTimeString('en-GB')}  job ${job_id ?? '(none)'}  ${status ?? '(no status)'}  ${verdict}  ` +
    `→ ${answered}${problem === null ? onward : `: ${problem}`}`
  )
}

async function listening(server: ReturnType<typeof createServer>, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new MisuseError(
      cause.code === 'EADDRINUSE'
        ? `port ${port} on 127.0.0.1 is in use. Choose another: --port ${port + 1}, or --port 0 for any free one.`
        : `listen: port ${port} cannot be used (${cause.message})`,
      { cause },
    )
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function end(
  server: ReturnType<typeof createServer>,
  { callbacks, forged }: { callbacks: number; forged: number },
): void {
  server.close()
  server.closeAllConnections()
  console.error(`\n${callbacks} ${callbacks === 1 ? 'callback' : 'callbacks'}, ${forged} of them forged`)
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError(
    `--port expects a whole number from 0 to 65535, received "${text}". Example: --port 4020`,
  )
}

function status(text: string): number {
  if (/^[2-5]\d\d$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`--status expects a status from 200 to 599, received "${text}". Example: --status 500`)
}
