// msw handlers of constant answers behind a socket.
import { createServer } from '@mswjs/http-middleware'
import { HttpResponse, http } from 'msw'

const { submit, poll } = JSON.parse(process.env.BENCH_ANSWERS)
const headers = { 'content-type': 'application/json' }
createServer(
  http.post('*/v1/phota/edit', async ({ request }) => {
    await request.json()
    return new HttpResponse(submit, { status: 202, headers })
  }),
  http.get('*/v1/phota/jobs/:id', () => new HttpResponse(poll, { headers })),
).listen(Number(process.env.BENCH_PORT), '127.0.0.1')
