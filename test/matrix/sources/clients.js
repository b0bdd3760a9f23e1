import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

// By a variable: in jsdom and happy-dom, vite would want each client to be installed.
const load = (name) => import(/* @vite-ignore */ name)

const fromFetch = async (response) => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  bytes: Buffer.from(await response.arrayBuffer()),
})

/**
 * Each client's way of one request: `(method, url, headers, body)` to status, headers with lowercase names, and bytes.
 */
const clients = {
  fetch: async (method, url, headers, body) => fromFetch(await fetch(url, { method, headers, body })),
  'http.request': (method, url, headers, body) =>
    new Promise((resolve, reject) => {
      const request = (url.startsWith('https') ? httpsRequest : httpRequest)(url, { method, headers }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }),
        )
      })
      request.on('error', reject)
      request.end(body)
    }),
  axios: async (method, url, headers, data) => {
    const { default: axios } = await load('axios')
    const options = { method, url, headers, data, responseType: 'arraybuffer', validateStatus: () => true }
    const response = await axios(options)
    return { status: response.status, headers: { ...response.headers }, bytes: Buffer.from(response.data) }
  },
  got: async (method, url, headers, body) => {
    const { default: got } = await load('got')
    const response = await got(url, {
      method,
      headers,
      body,
      throwHttpErrors: false,
      retry: { limit: 0 },
      responseType: 'buffer',
    })
    return { status: response.statusCode, headers: response.headers, bytes: Buffer.from(response.body) }
  },
  ky: async (method, url, headers, body) => {
    const { default: ky } = await load('ky')
    return fromFetch(await ky(url, { method, headers, body, throwHttpErrors: false, retry: 0 }))
  },
  undici: async (method, url, headers, body) => {
    const { request } = await load('undici')
    const response = await request(url, { method, headers, body })
    const bytes = Buffer.from(await response.body.arrayBuffer())
    return { status: response.statusCode, headers: response.headers, bytes }
  },
  'undici fetch': async (method, url, headers, body) => {
    const { fetch } = await load('undici')
    return fromFetch(await fetch(url, { method, headers, body }))
  },
  'node-fetch': async (method, url, headers, body) => {
    const { default: fetch } = await load('node-fetch')
    return fromFetch(await fetch(url, { method, headers, body }))
  },
  superagent: async (method, url, headers, body) => {
    const { default: superagent } = await load('superagent')
    const response = await superagent(method, url)
      .set(headers)
      .ok(() => true)
      .buffer(true)
      .parse(toBytes)
      .send(body)
    return { status: response.status, headers: response.headers, bytes: Buffer.from(response.body) }
  },
  needle: async (method, url, headers, body) => {
    const { default: needle } = await load('needle')
    const response = await needle(method, url, body ?? null, { headers, parse: false })
    return { status: response.statusCode, headers: response.headers, bytes: Buffer.from(response.raw) }
  },
}

function toBytes(response, done) {
  const chunks = []
  response.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
  response.on('end', () => done(null, Buffer.concat(chunks)))
  response.on('error', done)
}

export const call = clients[process.env.MATRIX_CLIENT ?? 'fetch']
export const callWith = (fetch) => async (method, url, headers, body) =>
  fromFetch(await fetch(url, { method, headers, body }))
