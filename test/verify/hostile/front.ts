import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JobOperation } from '../../../src/spec/index.ts'
import { highestPrice } from '../../../src/verify/prices.ts'
import { IMAGE_OPERATIONS, type ImageBody } from '../../../src/verify/requests.ts'
import { startTarget } from '../target/target.ts'

/** What a hostile target has at hand for one request. */
export interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  /** Of the request; empty for none. */
  readonly body: string
  readonly origin: string
  /** Lets the sound implementation behind it answer. */
  passOn(): void
  /** Lets it do the work, and answers something else. @returns once it has answered */
  doWork(): Promise<void>
}

export interface HostileTarget {
  readonly name: string
  /** It has a control API; else what it does is seen with keys alone. */
  readonly hasControl?: true
  /** It lies about money, so little is allowed; else enough for all rules. */
  readonly liesAboutMoney?: true
  readonly visit: (visit: Visit) => void
}

export interface Front {
  readonly url: string
  /** What was done for money, by the price list and at most. Micro-dollars. */
  readonly taken: number
  close(): Promise<void>
}

/** A sound implementation with something hostile in front of it. */
export async function startHostile({
  visit,
  hasControl = false,
}: Pick<HostileTarget, 'visit'> & { hasControl?: boolean }): Promise<Front> {
  const sound = await startTarget({ control: hasControl, pendingMs: 100, runningMs: 300 })
  let taken = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => response.destroy())
    response.on('error', () => undefined)
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const path = request.url ?? '/'
      const ask = (told: (answer: IncomingMessage) => void): void => {
        const onward = httpRequest(sound.url + path, { method: request.method, headers: request.headers })
        onward.on('response', (answer) => {
          const status = answer.statusCode ?? 0
          if (!hasControl && status < 300) taken += priceOf(path, body)
          told(answer)
        })
        onward.on('error', () => response.destroy())
        onward.end(body)
      }
      visit({
        request,
        response,
        path,
        body,
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        passOn: () =>
          ask((answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers)
            answer.pipe(response)
          }),
        doWork: () => new Promise((resolve) => ask((answer) => answer.resume().on('end', resolve))),
      })
    })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get taken() {
      return taken
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await sound.close()
    },
  }
}

function priceOf(path: string, body: string): number {
  const operation = path.split('/').at(-1) ?? ''
  if (!(IMAGE_OPERATIONS as readonly string[]).includes(operation)) return 0
  return highestPrice(operation as JobOperation, JSON.parse(body) as ImageBody)
}
