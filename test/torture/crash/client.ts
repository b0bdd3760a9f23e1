import { Agent } from 'node:http'
import { ask } from '../target.ts'

/** An answer; `status` is 0 if none came, and then nobody knows whether it happened. */
export interface Answer {
  status: number
  requestId: string | null
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape; what is missing is found by what compares them.
  body: any
}

/** Connections to one life of a server. */
export class Client {
  readonly url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })

  constructor(url: string) {
    this.url = url
  }

  control(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#ask(method, `/_mock${path}`, {}, body)
  }

  api(key: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#ask(method, `/v1/phota${path}`, { 'x-api-key': key }, body)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #ask(method: string, path: string, headers: Record<string, string>, body: unknown): Promise<Answer> {
    const told = await ask(
      this.url,
      {
        method,
        path,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        agent: this.#agent,
      },
      60_000,
    )
    const { status, text } = told
    const isJson = status !== 0 && told.headers['content-type']?.startsWith('application/json')
    return {
      status,
      text,
      requestId: (told.headers['x-request-id'] as string | undefined) ?? null,
      body: isJson ? JSON.parse(text) : null,
    }
  }
}
