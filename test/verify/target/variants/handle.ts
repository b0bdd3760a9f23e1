import type { Layer } from '../behaviour.ts'
import { layered, onHandle, withHeaders, withView } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Probe, Reply } from './probe.ts'

const open = 'handle'

/** Changes only what a repeated `client_request_id` is answered. */
const onReplay = (change: Parameters<typeof onHandle>[0]): Layer => {
  const handed = new Set<unknown>()
  return onHandle((handle, answer, call) => {
    const id = handle['job_id']
    if (handed.has(id)) return change(handle, answer, call)
    handed.add(id)
    return answer
  })
}

/** The second of two equal submits, once the job of the first is over. */
async function replay(probe: Probe): Promise<Reply> {
  const fields = { client_request_id: 'again' }
  await probe.done(fields)
  return probe.submit(fields, 'generate', 'ann')
}

/** What a submit answers. */
export const handle: readonly Variant[] = [
  {
    id: 'handle-further-fields',
    open,
    description: 'a handle has further fields',
    build: layered(
      onHandle((view, answer) =>
        withView(answer, { ...view, operation: 'edit', result: null, created_at: null, expires_in: 86_400, links: {} }),
      ),
    ),
    shows: async (probe) => (await probe.submit()).body.expires_in === 86_400,
  },
  {
    id: 'handle-location',
    open,
    description: 'a handle comes with `Location`, `Content-Location` and `Retry-After`',
    build: layered(
      onHandle(({ poll_url: path }, answer) =>
        withHeaders(answer, { location: String(path), 'content-location': String(path), 'retry-after': '2' }),
      ),
    ),
    shows: async (probe) => (await probe.submit()).headers.location?.startsWith('/v1/phota/jobs/') === true,
  },
  {
    id: 'replay-200',
    open,
    description: 'a replay is 200',
    build: () => ({ layer: onReplay((_handle, answer) => ({ ...answer, status: 200 })) }),
    shows: async (probe) => (await replay(probe)).status === 200,
  },
  {
    id: 'replay-pending',
    open,
    description: 'a replay says `pending`, however far the job is',
    build: () => ({ layer: onReplay((view, answer) => withView(answer, { ...view, status: 'pending' })) }),
    shows: async (probe) => (await replay(probe)).body.status === 'pending',
  },
  {
    id: 'replay-200-pending',
    open,
    description: 'a replay is 200 and says `pending`',
    build: () => ({
      layer: onReplay((view, answer) => ({ ...withView(answer, { ...view, status: 'pending' }), status: 200 })),
    }),
    shows: async (probe) => {
      const { status, body } = await replay(probe)
      return status === 200 && body.status === 'pending'
    },
  },
  {
    id: 'replay-marked',
    open,
    description: 'a replay says that it is one, in a header and a field',
    build: () => ({
      layer: onReplay((view, answer) =>
        withHeaders(withView(answer, { ...view, replayed: true }), { 'idempotent-replayed': 'true' }),
      ),
    }),
    shows: async (probe) => (await replay(probe)).headers['idempotent-replayed'] === 'true',
  },
]
