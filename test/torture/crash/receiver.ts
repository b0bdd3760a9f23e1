import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a receiver treats the callbacks of a job. */
export const KINDS = ['good', 'failing', 'hanging', 'slow'] as const
export type Kind = (typeof KINDS)[number]

export interface Arrival {
  readonly body: string
  readonly signature: string
  /** What it was answered; `null` if it was not, or the server was gone by then. */
  answered: number | null
}

/** Every callback that came, by the number of the submit that its URL names. */
export class Receiver {
  readonly arrivals: Map<number, Arrival[]> = new Map()
  #numbers = 0
  readonly #server = createServer((request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    const [, kind, n = ''] = (request.url ?? '').split('/') as [string, Kind, string]
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const before = this.arrivals.get(Number(n)) ?? []
      const signature = String(request.headers['x-phota-signature'])
      const arrival: Arrival = { body, signature, answered: null }
      this.arrivals.set(Number(n), [...before, arrival])
      const answer = (status: number): void => {
        if (request.socket.destroyed) return
        arrival.answered = status
        response.writeHead(status).end()
      }
      const times = before.length
      if (kind === 'failing' && times < 2) answer(500)
      else if (kind === 'hanging' && times < 1) setTimeout(() => request.socket.destroy(), 3000).unref()
      else if (kind === 'slow') setTimeout(() => answer(204), 40)
      else answer(204)
    })
  })

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  /** For the next submit, whichever server it is of. */
  nextNumber(): number {
    return ++this.#numbers
  }

  url(kind: Kind, n: number): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${kind}/${n}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
