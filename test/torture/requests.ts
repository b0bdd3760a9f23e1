import SwaggerParser from '@apidevtools/swagger-parser'
import fc from 'fast-check'
import { damage, damaged, odd, type Schema, text, valuesOf } from './arbitraries.ts'
import type { Asked } from './target.ts'

/** As much of an OpenAPI document as the fuzzer reads. */
interface Description {
  servers: { url: string }[]
  paths: Record<string, Record<string, DescribedOperation> & { parameters?: Parameter[] }>
}

interface DescribedOperation {
  operationId?: string
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}

interface Parameter {
  name: string
  in: 'path' | 'query'
  schema: Schema
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']
const KEYS = ['test-key-alice', 'test-key-alice', 'test-key-alice', 'test-key-bob', 'test-key-broke', 'unknown', '']
/** What stands for a path parameter: the job and the delivery are put in once there are some. */
const IDS = [
  'default',
  'alice',
  'abc123',
  '{job}',
  '{job}',
  '{delivery}',
  'w1',
  '__proto__',
  'constructor',
  '%zz',
  '%00',
  '..',
]
const ODD_PATHS = [
  '//',
  '//[',
  '//%zz/',
  '/',
  '*',
  '/%',
  '/_mock//worlds',
  '/v1/phota/%2e%2e/',
  '/v1/phota//edit',
  '/_mock/worlds/%E0%A4%A/',
  '/default/20260101/x.jpg',
  '/default/20260622/generate-00-1-1x1.jpg?token=x&expires=1',
  '/_mock',
  '/_mock/',
  '/v1/photaedit',
  'http://[/',
  `/${'a/'.repeat(3000)}`,
]
const ODD_QUERIES = [
  '__proto__=1',
  'constructor=',
  'toString=1',
  '%zz=%',
  'limit=0',
  'limit=99999',
  'tag=',
  'search=%00',
  'status=6xx',
  '&&&',
  `${'a=1&'.repeat(2000)}`,
]
const SCENARIOS = [
  'fail=GENERATION_FAILED',
  'fault=503; when=before',
  'fault=drop',
  'fault=truncate',
  'latency=10ms',
  'running=11m',
  '__proto__=1',
  'constructor=x',
  '=',
  ';',
  'fault=999',
  'callback=duplicate; callback_delay=10m',
  'retry_after=1.5',
  'pending=1e9d',
]
const LONG_SCENARIOS = [' ', ';', '=', 'a=1;', 'a = ', '1'].map((part) => part.repeat(15_000 / part.length))

/** Requests to every operation of a description: valid, nearly valid, and odd. */
async function requestsOf(file: string): Promise<fc.Arbitrary<Asked>[]> {
  const description = (await SwaggerParser.dereference(file)) as unknown as Description
  const base = new URL(description.servers[0]?.url ?? '').pathname
  return Object.entries(description.paths).flatMap(([path, { parameters: shared = [], ...operations }]) =>
    Object.entries(operations)
      .filter(([, { operationId }]) => operationId !== undefined)
      .map(([method, operation]) =>
        requestTo(base + path, method.toUpperCase(), shared, operation as DescribedOperation),
      ),
  )
}

function requestTo(
  path: string,
  method: string,
  shared: Parameter[],
  operation: DescribedOperation,
): fc.Arbitrary<Asked> {
  const { requestBody, parameters = [] } = operation
  const schema = requestBody?.content['application/json'].schema
  const valid = schema ? valuesOf(schema) : fc.constant(undefined)
  const json = schema
    ? fc.oneof(
        // So that async submits, of which all else lives, are as frequent as synchronous ones.
        { weight: 4, arbitrary: fc.tuple(valid, fc.boolean()).map(([body, isAsync]) => withAsync(body, isAsync)) },
        { weight: 4, arbitrary: fc.tuple(valid, damage).map(([body, how]) => damaged(body, how)) },
        { weight: 1, arbitrary: odd },
      )
    : valid
  const query = [...shared, ...parameters].filter((parameter) => parameter.in === 'query')
  const oddity = { weight: 1, arbitrary: fc.constantFrom(...ODD_QUERIES) }
  return fc
    .record({
      ids: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...IDS) }, { weight: 1, arbitrary: text }), {
        minLength: 3,
        maxLength: 3,
      }),
      world: fc.constantFrom('default', 'default', 'default', 'default', 'w1', 'nowhere', '__proto__'),
      method: fc.oneof(
        { weight: 19, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      query: fc.oneof({ weight: 12, arbitrary: queryOf(query) }, oddity),
      key: fc.constantFrom(...KEYS),
      scenario: fc.oneof(
        { weight: 20, arbitrary: fc.constant(null) },
        { weight: 3, arbitrary: fc.constantFrom(...SCENARIOS) },
        { weight: 1, arbitrary: fc.constantFrom(...LONG_SCENARIOS) },
      ),
      type: fc.oneof(
        { weight: 20, arbitrary: fc.constant('application/json') },
        fc.constantFrom('text/plain', 'application/json; charset=latin1', 'multipart/form-data'),
      ),
      body: json.map(serialized),
      raw: fc.option(fc.constantFrom('', '{', '\ufeff{}', '{"a":1}{', 'null', '"', '{"prompt":"\ud800"}', '[1e999]'), {
        freq: 20,
      }),
    })
    .map(({ ids, world, method, query, key, scenario, type, body, raw }) => {
      const values = ids.values()
      const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
        name === 'world' ? world : encoded(values.next().value ?? ''),
      )
      const sent = schema ? (raw ?? body) : undefined
      return {
        method,
        path: filled + (query === '' ? '' : `?${query}`),
        headers: {
          ...(!path.startsWith('/_mock') && key !== '' && { 'x-api-key': key }),
          ...(scenario !== null && { 'x-mock-scenario': scenario }),
          ...(sent !== undefined && { 'content-type': type }),
        },
        ...(sent !== undefined && { body: sent }),
      }
    })
}

function withAsync(body: unknown, isAsync: boolean): unknown {
  const isImage = typeof body === 'object' && body !== null && ('async' in body || 'response_mode' in body)
  return isImage && isAsync ? { ...body, async: true, response_mode: 'urls' } : body
}

function queryOf(parameters: Parameter[]): fc.Arbitrary<string> {
  const given = fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, valuesOf(schema)])), {
    requiredKeys: [],
  })
  return given.map((values) =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${encoded(String(value))}`)
      .join('&'),
  )
}

/** Placeholders, and what is wrongly encoded on purpose, stay. */
function encoded(text: string): string {
  return IDS.includes(text) ? text : encodeURIComponent(text.toWellFormed())
}

/** JSON of the value; a lone surrogate and `__proto__` stay what they are. */
function serialized(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

const oddRequest: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    fc.constantFrom(...ODD_PATHS),
    text.map((path) => `/${encodeURI(path.toWellFormed())}`),
  ),
  headers: fc.constantFrom<Record<string, string>>(
    {},
    { 'x-api-key': 'test-key-alice' },
    { 'x-api-key': 'é', origin: 'null', cookie: 'a'.repeat(4000) },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    { 'content-type': '\u00ff', 'x-mock-scenario': '\u00ff=\u00ff' },
    { host: 'evil.example' },
    { expect: '100-continue', range: 'bytes=0-', 'if-none-match': '*' },
  ),
})

/** All that the fuzzer sends. */
export async function anyRequest(): Promise<fc.Arbitrary<Asked>> {
  const [api, control] = (await Promise.all(['openapi.yaml', 'src/spec/control/openapi.yaml'].map(requestsOf))) as [
    fc.Arbitrary<Asked>[],
    fc.Arbitrary<Asked>[],
  ]
  return fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...api) },
    { weight: 10, arbitrary: fc.oneof(...control) },
    { weight: 1, arbitrary: oddRequest },
  )
}
