import { randomUUID } from 'node:crypto'
import type { Behaviour, Layer, View } from '../behaviour.ts'
import type { Dialect } from '../dialects.ts'
import { imageOperation, isApi } from '../edge/call.ts'
import { onAnswer, onError, viewOf, withHeaders, withView } from '../edge/layers.ts'
import type { Job } from '../job.ts'
import { laxBooleans } from '../variants/requests.ts'
import { pydantic422 } from '../variants/validation-bodies.ts'
import { pythonJson } from './python-json.ts'

const WRONG = { num_output_images: 9, output_format: 'gif' }
const SECRET = '/v1/phota/webhook-secret'

/** No `X-Request-Id`, and the server that FastAPI runs on. */
const uvicorn: Layer = onAnswer((answer) => {
  const { 'x-request-id': _left, ...headers } = { ...answer.headers }
  return { ...answer, headers: { ...headers, server: 'uvicorn' } }
})

/** `redirect_slashes` of Starlette: absolute, and for each method. */
const redirectSlashes: Layer = (call, next) => {
  const { pathname, search } = call.url
  if (!isApi(call) || !pathname.endsWith('/')) return next(call)
  const location = `http://${call.headers.host}${pathname.slice(0, -1)}${search}`
  return { status: 307, type: null, body: '', headers: { location, 'content-length': '0' } }
}

const DETAILS: Readonly<Record<number, string>> = {
  401: 'Invalid API key',
  403: 'Not authenticated',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
}

/** `HTTPException`: nothing but `detail`. */
const exceptions: Layer = onError((answer, call) => {
  const detail = viewOf(answer)?.['detail']
  if (Array.isArray(detail)) return answer
  const text = detail === 'No such path.' ? 'Not Found' : (DETAILS[answer.status] ?? detail)
  const told = withView(answer, { detail: text })
  const allow = imageOperation({ ...call, method: 'POST' }) === null ? 'GET' : 'POST'
  return answer.status === 405 ? withHeaders(told, { allow }) : told
})

/** `datetime.isoformat()` with microseconds, which it leaves out where they are zero. */
function isoformat(ms: number): string {
  const [date, fraction] = new Date(ms).toISOString().slice(0, -1).split('.')
  return `${date}${fraction === '000' ? '' : `.${fraction}000`}+00:00`
}

const model = (view: View, job: Job): View => ({
  ...view,
  created_at: isoformat(job.createdAt),
  completed_at: view['completed_at'] && job.completedAt !== null ? isoformat(job.completedAt) : null,
  error: view['error'] && { ...(view['error'] as View), code: String((view['error'] as View)['code']).toLowerCase() },
  client_request_id: job.request.clientRequestId,
  num_output_images: job.request.outputs,
  base_model: null,
})

/** FastAPI with pydantic v2, on uvicorn. */
export const fastapi: Dialect = {
  description: 'answers as FastAPI with pydantic v2 does for everything that is open',
  options: { sweepMs: 1 },
  build: (): Behaviour[] => [
    { layer: uvicorn },
    { layer: redirectSlashes },
    { layer: exceptions },
    { layer: pydantic422 },
    { layer: laxBooleans },
    {
      job: model,
      jobId: randomUUID,
      callbackText: pythonJson,
      callbackHeaders: (headers) => ({ ...headers, accept: '*/*', 'user-agent': 'python-httpx/0.28.1' }),
    },
  ],
  shows: {
    '422 as pydantic writes it': async (probe) => {
      const { body } = await probe.post('generate', WRONG)
      return (
        JSON.stringify(body) ===
        JSON.stringify({
          detail: [
            {
              type: 'less_than_equal',
              loc: ['body', 'num_output_images'],
              msg: 'Input should be less than or equal to 4',
              input: 9,
              ctx: { le: 4 },
              url: 'https://errors.pydantic.dev/2.11/v/less_than_equal',
            },
            {
              type: 'literal_error',
              loc: ['body', 'output_format'],
              msg: "Input should be 'png' or 'jpg'",
              input: 'gif',
              ctx: { expected: "'png' or 'jpg'" },
              url: 'https://errors.pydantic.dev/2.11/v/literal_error',
            },
          ],
        })
      )
    },
    'a missing field as pydantic writes it': async (probe) => {
      const { body } = await probe.post('enhance', {})
      const [first] = body.detail
      return first.type === 'missing' && first.msg === 'Field required' && JSON.stringify(first.input) === '{}'
    },
    'errors of `detail` alone': async (probe) =>
      (await probe.send('/v1/phota/nothing')).bytes.toString() === '{"detail":"Not Found"}',
    'UUIDs with dashes': async (probe) => /^[0-9a-f]{8}-/.test((await probe.submit()).body.job_id),
    'isoformat()': async (probe) => /\d(\.\d{6})?\+00:00$/.test((await probe.done()).completed_at),
    'further fields of a job': async (probe) => (await probe.done()).base_model === null,
    'codes in lower case': async (probe) => (await probe.failed()).error.code === 'input_unreachable',
    'no X-Request-Id, but uvicorn': async (probe) => {
      const { headers } = await probe.send(SECRET)
      return headers['x-request-id'] === undefined && headers.server === 'uvicorn'
    },
    'HEAD is 405 with Allow': async (probe) => {
      const { status, headers } = await probe.send(SECRET, { method: 'HEAD' })
      return status === 405 && headers.allow === 'GET'
    },
    'a slash at the end is a 307': async (probe) => (await probe.send(`${SECRET}/`)).status === 307,
    'lax booleans': async (probe) => (await probe.submit({ async: 'yes' })).status === 202,
    'callbacks by Python': async (probe) => (await probe.calls())[0]?.text.startsWith('{"job_id": "') === true,
  },
}
