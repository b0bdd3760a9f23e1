import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a target gets in the way of being verified. */
export type Obstacle =
  | 'hangs'
  | 'answers HTML'
  | 'knows nothing'
  | 'is broken'
  | 'resets'
  | 'is slow'
  | 'rate-limits'
  | 'only rate-limits'

export interface Obstructed {
  readonly url: string
  close(): Promise<void>
}

/** Something that stands in front of `upstream`, or instead of it. */
export async function obstruct(obstacle: Obstacle, upstream: string): Promise<Obstructed> {
  let count = 0
  const server = createServer((asked, answer) => {
    switch (obstacle) {
      case 'hangs':
        return
      case 'answers HTML':
        answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>It works!</p>')
        return
      case 'knows nothing':
        answer.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}')
        return
      case 'is broken':
        answer.writeHead(500, { 'content-type': 'application/json' }).end('{}')
        return
      case 'resets':
        asked.socket.resetAndDestroy()
        return
      case 'is slow':
        setTimeout(passOn, 2_000, upstream, asked, answer)
        return
      case 'rate-limits':
        if (++count % 3 > 0) passOn(upstream, asked, answer)
        else answer.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' }).end('{}')
        return
      case 'only rate-limits':
        answer.writeHead(429, { 'retry-after': '600' }).end()
        return
      default:
        obstacle satisfies never
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function passOn(upstream: string, asked: IncomingMessage, answer: ServerResponse): void {
  const onward = request(new URL(asked.url ?? '/', upstream), { method: asked.method, headers: asked.headers })
  onward.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}
