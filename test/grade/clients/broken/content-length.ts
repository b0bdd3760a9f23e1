/** One picture by node:http. Its mistake: it counts the characters of the body, and Content-Length counts bytes. */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const BASE_URL = process.env['PHOTA_BASE_URL']!
const API_KEY = process.env['PHOTA_API_KEY']!

interface Job {
  job_id: string
  status: string
  result?: { download_urls: string[] } | null
  error?: { message: string } | null
}

async function call(method: string, path: string, body = ''): Promise<Job> {
  const headers = { 'X-API-Key': API_KEY, 'Content-Type': 'application/json', 'Content-Length': body.length }
  for (let tries = 5; ; tries -= 1) {
    const answer = await new Promise<IncomingMessage | null>((resolve) => {
      request(BASE_URL + path, { method, headers, agent: false }, resolve)
        .on('error', () => resolve(null))
        .end(body)
    })
    if (answer && answer.statusCode! < 300) return (await json(answer)) as Job
    const isTransient = answer === null || [429, 500, 502, 503, 504].includes(answer.statusCode!)
    if (!isTransient || tries === 1) throw new Error(`${method} ${path}: ${answer?.statusCode ?? 'no answer'}`)
    await sleep(Math.max(1000, Number(answer?.headers['retry-after'] ?? 0) * 1000))
  }
}

const order = { prompt: 'Zwölf Boote vor Ærø', async: true, response_mode: 'urls', client_request_id: randomUUID() }
let job = await call('POST', '/generate', JSON.stringify(order))
for (let waitMs = 1000; job.status === 'pending' || job.status === 'running'; waitMs = Math.min(waitMs * 1.5, 10_000)) {
  await sleep(waitMs)
  job = await call('GET', `/jobs/${job.job_id}`)
}
if (job.status === 'failed') throw new Error(`job ${job.job_id} failed: ${job.error?.message}`)
for (const url of job.result!.download_urls) console.log(`${(await (await fetch(url)).arrayBuffer()).byteLength} bytes`)
