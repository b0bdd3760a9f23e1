// A client with the real address built in: `node node.mjs WAY`. It submits a job, polls it, downloads its picture and
// prints what it got. `WAY` says by which library.

const API = 'https://api.photalabs.com/v1/phota'
const headers = { 'X-API-Key': 'test-key-alice', 'Content-Type': 'application/json' }
const body = JSON.stringify({ prompt: 'a lighthouse', async: true, response_mode: 'urls' })

const [, , way] = process.argv
const send = await clientOf(way)
const submitted = JSON.parse(await send('POST', `${API}/generate`, headers, body))
let job
do job = JSON.parse(await send('GET', `${API}/jobs/${submitted.job_id}`, headers))
while (job.status === 'pending' || job.status === 'running')
const url = job.result.download_urls[0]
const picture = await send('GET', url, {})
console.log(
  JSON.stringify({ way, status: job.status, host: new URL(url).host, isJpeg: picture.startsWith('\xff\xd8') }),
)

/** @returns a function that sends a request and gives the body as Latin-1 */
async function clientOf(name) {
  const [library, method] = name.split('.')
  switch (library) {
    case 'fetch':
      return byFetch(fetch)
    case 'https':
      return byHttps(await import('node:https'))
    case 'axios':
      return byAxios((await import('axios')).default)
    case 'got':
      return byGot((await import('got')).default)
    default:
      return byUndici(await import(library), method)
  }
}

function byFetch(fetch) {
  return async (method, url, headers, body) => {
    const response = await fetch(url, { method, headers, body })
    return Buffer.from(await response.arrayBuffer()).toString('latin1')
  }
}

function byHttps(https) {
  return (method, url, headers, body) =>
    new Promise((resolve, reject) => {
      const request = https.request(url, { method, headers }, (response) => {
        let text = ''
        response.setEncoding('latin1').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(text))
      })
      request.on('error', reject).end(body)
    })
}

function byAxios(axios) {
  return async (method, url, headers, data) => {
    const { data: bytes } = await axios({ method, url, headers, data, responseType: 'arraybuffer' })
    return bytes.toString('latin1')
  }
}

function byGot(got) {
  return async (method, url, headers, body) => {
    const bytes = await got(url, { method, headers, body }).buffer()
    // Of newer versions these are no Buffer.
    return Buffer.from(bytes).toString('latin1')
  }
}

function byUndici({ request, fetch, Client, Agent }, method) {
  if (method === 'fetch') return byFetch(fetch)
  return async (method_, url, headers, body) => {
    const { origin, pathname, search } = new URL(url)
    const options = { method: method_, headers, body }
    const client = new Client(origin)
    const { body: answer } =
      method === 'Client'
        ? await client.request({ ...options, path: pathname + search })
        : await request(url, { ...options, ...(method === 'Agent' && { dispatcher: new Agent() }) })
    return Buffer.from(await answer.arrayBuffer()).toString('latin1')
  }
}
