import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { test as base, expect, type TestAPI } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { connect, type WorldControl } from '../../src/control/index.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'

/** A receiver of callbacks on a port of its own. */
export interface Receiver {
  readonly url: string
  /** What it answers from now on. */
  answer: number
  readonly received: string[]
}

export interface Dashboard {
  browser: Browser
  /** Starts a server, which ends with the test. Its clock stands unless said otherwise. */
  start(options?: ServerOptions): Promise<RunningServer>
  receiver: Receiver
  /** Opens the dashboard; whatever it complains of, or asks of others, fails the test. */
  open(server: RunningServer, hash?: string, options?: OpenOptions): Promise<Page>
}

export interface OpenOptions {
  width?: number
  height?: number
  colorScheme?: 'light' | 'dark'
  /** Complaints of the browser that belong to the test. */
  expected?: RegExp
}

export const test: TestAPI<Dashboard> = base.extend<Dashboard>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern.
    async ({}, use) => {
      const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
      await use(browser)
      await browser.close()
    },
    { scope: 'file' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  start: async ({}, use) => {
    const servers: RunningServer[] = []
    await use(async (options) => {
      const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld, ...options })
      servers.push(server)
      return server
    })
    await Promise.all(servers.map((server) => server.close(50)))
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  receiver: async ({}, use) => {
    const receiver: Omit<Receiver, 'url'> = { answer: 204, received: [] }
    const server = createServer(async (request, response) => {
      receiver.received.push(await new Response(request as never).text())
      response.writeHead(receiver.answer).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await use(Object.assign(receiver, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }))
    server.closeAllConnections()
    server.close()
  },
  open: async ({ browser }, use) => {
    const complaints: string[] = []
    const pages: Page[] = []
    await use(async (server, hash = '', { width = 1200, height = 800, colorScheme = 'light', expected } = {}) => {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme })
      page.setDefaultTimeout(20_000)
      pages.push(page)
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error' && !expected?.test(message.text())) complaints.push(message.text())
      })
      page.on('request', (request) => {
        const { origin, protocol } = new URL(request.url())
        if (/^https?:$/.test(protocol) && origin !== server.url) complaints.push(`asked ${request.url()}`)
      })
      await page.goto(`${server.url}/_mock/${hash}`)
      return page
    })
    await Promise.all(pages.map((page) => page.close()))
    expect(complaints).toEqual([])
  },
}) as TestAPI<Dashboard>

export function worldOf(server: RunningServer, id = 'default'): WorldControl {
  return connect(server.url).worlds.get(id)
}

/** @returns the job's id */
export async function submit(server: RunningServer, more: Record<string, unknown> = {}): Promise<string> {
  const response = await fetch(`${server.url}/v1/phota/generate`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key-alice', 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls', ...more }),
  })
  const { job_id } = (await response.json()) as { job_id: string }
  return job_id
}

export async function poll(server: RunningServer, jobId: string): Promise<number> {
  const headers = { 'x-api-key': 'test-key-alice' }
  return (await fetch(`${server.url}/v1/phota/jobs/${jobId}`, { headers })).status
}

/** The row of a job in the timeline. */
export function rowOf(jobId: string): string {
  return `#job-${jobId}`
}

/** Leaves a picture in the folder that PHOTA_SCREENSHOTS names, if it does. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PHOTA_SCREENSHOTS']
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) })
}
