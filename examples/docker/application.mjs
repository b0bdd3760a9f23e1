// Submits a job with a callback, polls it, and downloads its image.
const { PHOTA_URL, PHOTA_KEY, CALLBACK_URL } = process.env

async function ask(path, body) {
  const response = await fetch(PHOTA_URL + path, {
    method: body ? 'POST' : 'GET',
    headers: { 'X-API-Key': PHOTA_KEY, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

const { poll_url } = await ask('/v1/phota/generate', {
  prompt: 'a lighthouse at dusk',
  async: true,
  response_mode: 'urls',
  callback_url: CALLBACK_URL,
})
let job
do {
  await new Promise((resolve) => setTimeout(resolve, 100))
  job = await ask(poll_url)
} while (job.status === 'pending' || job.status === 'running')
const [url] = job.result.download_urls
const image = await fetch(url)
console.log(`${job.status}; ${new URL(url).origin} answers ${image.status} ${image.headers.get('content-type')}`)
