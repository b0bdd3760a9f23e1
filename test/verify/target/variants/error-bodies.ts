import type { Answer } from '../answer.ts'
import type { View } from '../behaviour.ts'
import { layered, onAnswer, onError, viewOf, withHeaders, withView } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Probe, Reply } from './probe.ts'

const open = 'errors'

const notFound = (probe: Probe): Promise<Reply> => probe.send('/v1/phota/jobs/0')

interface Form {
  readonly id: string
  readonly description: string
  readonly change: (answer: Answer, body: View) => Answer
  readonly shows: (reply: Reply) => boolean
}

/** Another form of every error, 422 included. */
const form = ({ id, description, change, shows }: Form): Variant => ({
  id,
  open,
  description,
  build: layered(onError((answer) => change(answer, viewOf(answer) ?? {}))),
  shows: async (probe) => shows(await notFound(probe)),
})

/** What 404s say; equal for all, so that no job is told from another. */
const textOf = (answer: Answer, body: View): string =>
  typeof body['detail'] === 'string' ? body['detail'] : `Error ${answer.status}`

const without = (answer: Answer, body: View, name: string): Answer => {
  const { [name]: _left, ...rest } = body
  return withView(answer, rest)
}

/** What errors look like. */
export const errorBodies: readonly Variant[] = [
  form({
    id: 'error-problem-json',
    description: 'errors are `application/problem+json` (RFC 9457)',
    change: (answer, body) => ({
      ...withView(answer, {
        type: 'about:blank',
        title: textOf(answer, body),
        status: answer.status,
        ...(Array.isArray(body['detail']) && { errors: body['detail'] }),
      }),
      type: 'application/problem+json',
    }),
    shows: ({ headers }) => headers['content-type'] === 'application/problem+json',
  }),
  form({
    id: 'error-html',
    description: 'errors are HTML pages',
    change: (answer, body) => ({
      ...answer,
      type: 'text/html; charset=utf-8',
      body: `<!doctype html><title>${answer.status}</title><h1>${textOf(answer, body)}</h1>`,
    }),
    shows: ({ bytes }) => bytes.toString().startsWith('<!doctype html>'),
  }),
  form({
    id: 'error-empty',
    description: 'errors have no body',
    change: (answer) => withHeaders({ ...answer, type: null, body: '' }, { 'content-length': '0' }),
    shows: ({ bytes }) => bytes.length === 0,
  }),
  form({
    id: 'error-plain-text',
    description: 'errors are plain text',
    change: (answer, body) => ({ ...answer, type: 'text/plain', body: textOf(answer, body) }),
    shows: ({ headers }) => headers['content-type'] === 'text/plain',
  }),
  form({
    id: 'error-json-string',
    description: 'an error’s body is a JSON string',
    change: (answer, body) => withView(answer, textOf(answer, body)),
    shows: ({ body }) => typeof body === 'string',
  }),
  form({
    id: 'error-broken-json',
    description: 'an error’s body is called JSON and is none',
    change: (answer) => ({ ...answer, body: 'upstream error' }),
    shows: ({ bytes }) => bytes.toString() === 'upstream error',
  }),
  form({
    id: 'error-null',
    description: 'an error’s body is `null`',
    change: (answer) => withView(answer, null),
    shows: ({ body }) => body === null,
  }),
  form({
    id: 'error-xml',
    description: 'errors are XML',
    change: (answer, body) => ({ ...answer, type: 'application/xml', body: `<Error>${textOf(answer, body)}</Error>` }),
    shows: ({ bytes }) => bytes.toString().startsWith('<Error>'),
  }),
  form({
    id: 'error-nested',
    description: 'errors are `{"error": {"message", "status"}}`',
    change: (answer, body) => withView(answer, { error: { message: textOf(answer, body), status: answer.status } }),
    shows: ({ body }) => body.error?.status === 404,
  }),
  form({
    id: 'error-without-request-id',
    description: 'errors have no `request_id`',
    change: (answer, body) => without(answer, body, 'request_id'),
    shows: ({ body }) => !('request_id' in body),
  }),
  form({
    id: 'error-without-code',
    description: 'errors have no `code`',
    change: (answer, body) => without(answer, body, 'code'),
    shows: ({ body }) => !('code' in body),
  }),
  form({
    id: 'error-code-lower',
    description: '`code` is in lower case',
    change: (answer, body) => withView(answer, { ...body, code: String(body['code'] ?? 'invalid').toLowerCase() }),
    shows: ({ body }) => body.code === 'not_found',
  }),
  form({
    id: 'error-code-number',
    description: '`code` is a number',
    change: (answer, body) => withView(answer, { ...body, code: answer.status * 100 }),
    shows: ({ body }) => body.code === 40_400,
  }),
  form({
    id: 'error-further-fields',
    description: 'errors have further fields',
    change: (answer, body) => withView(answer, { ...body, docs: 'https://example.com/errors', hint: null, causes: [] }),
    shows: ({ body }) => body.hint === null,
  }),
  form({
    id: 'error-japanese',
    description: 'errors are in Japanese',
    change: (answer, body) => withView(answer, { ...body, detail: `エラー ${answer.status}` }),
    shows: ({ body }) => body.detail === 'エラー 404',
  }),
  form({
    id: 'error-other-request-id',
    description: '`request_id` in an error is not the value of `X-Request-Id`',
    change: (answer, body) =>
      withView(answer, { ...body, request_id: `req_${String(body['request_id']).slice(0, 8)}` }),
    shows: ({ body }) => /^req_/.test(body.request_id),
  }),
  {
    id: 'error-challenge',
    open,
    description: 'a refused key is answered with `WWW-Authenticate`',
    build: layered(
      onError((answer) =>
        answer.status === 401 || answer.status === 403
          ? withHeaders(answer, { 'www-authenticate': 'ApiKey realm="phota"' })
          : answer,
      ),
    ),
    shows: async (probe) => {
      const { headers } = await probe.send('/v1/phota/webhook-secret', { key: 'nobody' })
      return 'www-authenticate' in headers
    },
  },
  {
    id: 'no-request-id-header',
    open,
    description: 'no answer has `X-Request-Id`',
    build: layered(
      onAnswer((answer) => {
        const { 'x-request-id': _left, ...headers } = { ...answer.headers }
        return { ...answer, headers }
      }),
    ),
    shows: async (probe) => (await probe.submit()).headers['x-request-id'] === undefined,
  },
]
