// Prints Calls of ../in-process.ts. Arguments: rounds, calls in each, and the one way that is gone, if not all.
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { SUBMIT_BODY, SUBMIT_PATH } from '../guide-request.ts'
import type { Calls } from '../in-process.ts'
import { built } from './built.ts'

const [rounds, callsEach] = process.argv.slice(2, 4).map(Number) as [number, number]
const only = process.argv[4]
const { Phota } = await built('index')
const { photaHandlers } = await built('fixture/msw')

const phota = new Phota({ deposit: '1000000' })
const server = setupServer()
server.listen({ onUnhandledRequest: 'error', onUnhandledFrame: 'error' } as object)
const headers = { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' }
const submit = {
  url: phota.baseUrl + SUBMIT_PATH,
  init: { method: 'POST', headers, body: SUBMIT_BODY },
}
const handle = await (await phota.fetch(submit.url, submit.init)).text()
const poll = { url: `${phota.baseUrl}/jobs/${JSON.parse(handle).job_id}`, init: { headers } }
const job = await (await phota.fetch(poll.url, poll.init)).text()

const constantHeaders = { 'content-type': 'application/json' }
const constant = [
  http.post(submit.url, async ({ request }) => {
    await request.json()
    return new HttpResponse(handle, { status: 202, headers: constantHeaders })
  }),
  http.get(`${phota.baseUrl}/jobs/:id`, () => new HttpResponse(job, { headers: constantHeaders })),
]

async function callUs(by: typeof fetch, { url, init }: { url: string; init: RequestInit }): Promise<number> {
  const startMs = performance.now()
  for (let i = 0; i < callsEach; i++) {
    const response = await by(url, init)
    if (!response.ok) throw new Error(`${url}: expected 2xx, received ${response.status} ${await response.text()}`)
    await response.text()
  }
  return ((performance.now() - startMs) * 1000) / callsEach
}

const ways = {
  ours: (one: typeof submit | typeof poll) => {
    server.resetHandlers(...photaHandlers(phota.world))
    return callUs(fetch, one)
  },
  constant: (one: typeof submit | typeof poll) => {
    server.resetHandlers(...constant)
    return callUs(fetch, one)
  },
  photaFetch: (one: typeof submit | typeof poll) => callUs(phota.fetch, one),
}
const gone =
  only === 'msw'
    ? (['ours'] as const)
    : only
      ? (['photaFetch'] as const)
      : (['ours', 'constant', 'photaFetch'] as const)

const results: Calls[] = []
for (const [operation, one] of Object.entries({ submit, poll })) {
  const calls: Calls = { operation, ours: [], constant: [], photaFetch: [] }
  // The first round only warms up.
  for (let round = -1; round < rounds; round++) {
    for (const way of round % 2 === 0 ? gone : gone.toReversed()) {
      const us = await ways[way](one)
      if (round >= 0) calls[way].push(us)
    }
  }
  results.push(calls)
}
server.close()
await phota.close()
console.log(JSON.stringify(results))
