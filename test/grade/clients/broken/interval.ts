/** One picture by an interval. Its mistake: nobody clears the interval, so it polls on, and the program never ends. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const BASE_URL = process.env['PHOTA_BASE_URL']!
const headers = { 'X-API-Key': process.env['PHOTA_API_KEY']!, 'Content-Type': 'application/json' }
const TRANSIENT = [429, 500, 502, 503, 504]

async function submit(prompt: string): Promise<string> {
  const job = { prompt, async: true, response_mode: 'urls', client_request_id: randomUUID() }
  for (let tries = 5; ; tries -= 1) {
    const init: RequestInit = { method: 'POST', headers, body: JSON.stringify(job), redirect: 'manual' }
    const answer = await fetch(`${BASE_URL}/generate`, init).catch(() => null)
    if (answer?.status === 202) return (await answer.json()).job_id
    if (tries === 1 || (answer && !TRANSIENT.includes(answer.status))) throw new Error(`refused: ${answer?.status}`)
    await sleep(Math.max(1000, Number(answer?.headers.get('retry-after')) * 1000))
  }
}

function poll(jobId: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let mayAskAt = 0
    let waitMs = 1000
    setInterval(async () => {
      if (Date.now() < mayAskAt) return
      waitMs = Math.min(waitMs * 1.5, 10_000)
      mayAskAt = Date.now() + waitMs
      const answer = await fetch(`${BASE_URL}/jobs/${jobId}`, { headers, redirect: 'manual' }).catch(() => null)
      if (!answer || TRANSIENT.includes(answer.status)) {
        mayAskAt = Math.max(mayAskAt, Date.now() + Number(answer?.headers.get('retry-after')) * 1000)
        return
      }
      if (!answer.ok) return reject(new Error(`polling: ${answer.status}`))
      const job = await answer.json()
      if (job.status === 'succeeded') resolve(job.result.download_urls)
      if (job.status === 'failed') reject(new Error(`failed: ${job.error.message}`))
    }, 1000)
  })
}

const urls = await poll(await submit('Ein Fährhaus im Nebel'))
for (const url of urls) {
  const picture = await fetch(url)
  console.log(`${(await picture.arrayBuffer()).byteLength} bytes`)
}
