import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import SwaggerParser from '@apidevtools/swagger-parser'
import { parse, stringify } from 'yaml'
import type { Source } from '../src/spec/source.ts'

/** One documented answer. */
export interface DescribedResponse {
  status: string
  contentType: string | null
  schema: string | null
  requiredHeaders: { name: string; source: Source }[]
  source: Source
}

/** One operation with everything it refers to by name resolved, except schemas, which keep their names. */
export interface DescribedOperation {
  operationId: string
  tag: string
  method: string
  path: string
  pathParameters: string[]
  queryParameters: { name: string; schema: object }[]
  /** Name of the request body's schema. */
  requestBody: string | null
  /** Names of its fields. */
  requestFields: string[]
  responses: DescribedResponse[]
}

/** A request that the service sends to its client. */
export interface DescribedCallback {
  operationId: string
  method: string
  contentType: string
  /** Name of the body's schema. */
  schema: string
  requiredHeaders: { name: string; schema: object }[]
}

/** An OpenAPI document as the generator needs it. */
export interface Description {
  source: string
  text: string
  version: string
  baseUrl: string
  schemas: Record<string, object>
  operations: DescribedOperation[]
  callbacks: DescribedCallback[]
}

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  schema: object
}

interface Referring {
  $ref?: string
}

interface RawOperation {
  operationId: string
  tags: string[]
  parameters?: (Parameter | Referring)[]
  requestBody?: { content: Record<string, { schema: Referring }> }
  responses: Record<
    string,
    Referring & {
      'x-source'?: Source
      headers?: Record<string, Referring & { required?: boolean; 'x-source'?: Source }>
      content?: Record<string, { schema?: Referring }>
    }
  >
}

interface Raw {
  info: { version: string }
  servers: { url: string }[]
  paths: Record<string, Record<string, RawOperation> & { parameters?: (Parameter | Referring)[] }>
  components: { schemas: Record<string, object>; callbacks?: Record<string, Record<string, { post: RawOperation }>> }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** @throws if the file is no valid OpenAPI document */
export async function describe(source: string): Promise<Description> {
  const raw = await bundled(source)
  const text = stringify(raw, { lineWidth: 120 })
  // Validation resolves references in place, so it gets a document of its own.
  await SwaggerParser.validate(parse(text))
  return {
    source,
    text,
    version: raw.info.version,
    baseUrl: raw.servers[0]?.url ?? '',
    schemas: raw.components.schemas,
    operations: Object.entries(raw.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) =>
        item[method] ? [operation(raw, path, method, item[method], item.parameters ?? [])] : [],
      ),
    ),
    callbacks: Object.values(raw.components.callbacks ?? {})
      .flatMap((callback) => Object.values(callback))
      .map(({ post }) => callback(raw, post)),
  }
}

/**
 * A document, and in it the schemas of other files that it refers to. These are closed where they are; here they are
 * open, as what refers to them may add to them.
 */
async function bundled(source: string): Promise<Raw> {
  const raw = parse(await readFile(source, 'utf8')) as Raw
  const outside = [...new Set(JSON.stringify(raw).match(/[^"#]+(?=#\/components\/schemas\/)/g))]
  for (const file of outside) {
    const from = `${file}#/components/schemas/`
    const other = parse(await readFile(join(dirname(source), file), 'utf8')) as Raw
    const wanted = namesAfter(from, raw)
    for (const name of wanted) {
      if (name in raw.components.schemas) throw new Error(`${source} and ${file} both describe a ${name}`)
      const schema = other.components.schemas[name]
      if (schema === undefined) throw new Error(`${source} refers to ${name}, which ${file} does not describe`)
      raw.components.schemas[name] = opened(schema)
      for (const inner of namesAfter('#/components/schemas/', schema)) if (!wanted.includes(inner)) wanted.push(inner)
    }
    Object.assign(raw, JSON.parse(JSON.stringify(raw).replaceAll(from, '#/components/schemas/')))
  }
  return raw
}

function namesAfter(prefix: string, part: unknown): string[] {
  const texts = JSON.stringify(part).split(`"${prefix}`).slice(1)
  return [...new Set(texts.map((text) => text.slice(0, text.indexOf('"'))))]
}

function opened(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    const { additionalProperties, discriminator: _discriminator, 'x-source': _source, ...rest } = value
    return typeof additionalProperties === 'object' ? { ...rest, additionalProperties } : rest
  })
}

function callback(raw: Raw, { operationId, parameters = [], requestBody }: RawOperation): DescribedCallback {
  const [contentType, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const schema = schemaName(body?.schema)
  if (contentType === undefined || schema === null)
    throw new Error(`${operationId}: a callback has a body with a schema`)
  return {
    operationId,
    method: 'POST',
    contentType,
    schema,
    requiredHeaders: parameters
      .map((parameter) => resolve<Parameter>(raw, parameter))
      .filter((parameter) => parameter.in === 'header'),
  }
}

function fieldsOf(raw: Raw, schema: Referring & { properties?: object; allOf?: Referring[] }): string[] {
  const { properties = {}, allOf = [] } = resolve<typeof schema>(raw, schema)
  return [...Object.keys(properties), ...allOf.flatMap((part) => fieldsOf(raw, part))]
}

function operation(
  raw: Raw,
  path: string,
  method: string,
  given: RawOperation,
  shared: (Parameter | Referring)[],
): DescribedOperation {
  const parameters = [...shared, ...(given.parameters ?? [])].map((parameter) => resolve<Parameter>(raw, parameter))
  return {
    operationId: given.operationId,
    tag: given.tags[0] ?? '',
    method: method.toUpperCase(),
    path,
    pathParameters: parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
    queryParameters: parameters.filter((parameter) => parameter.in === 'query'),
    requestBody: schemaName(given.requestBody?.content['application/json']?.schema),
    requestFields: [...new Set(fieldsOf(raw, given.requestBody?.content['application/json']?.schema ?? {}))],
    responses: Object.entries(given.responses).map(([status, response]) => {
      const { content = {}, headers = {}, ...rest } = resolve<RawOperation['responses'][string]>(raw, response)
      return {
        status,
        contentType: Object.keys(content)[0] ?? null,
        schema: schemaName(content['application/json']?.schema),
        requiredHeaders: Object.entries(headers)
          .map(([name, header]) => ({ name, ...resolve<{ required?: boolean; 'x-source'?: Source }>(raw, header) }))
          .filter(({ required }) => required)
          .map(({ name, 'x-source': source = 'guide' }) => ({ name, source })),
        source: rest['x-source'] ?? 'guide',
      }
    }),
  }
}

function resolve<Target>(raw: Raw, value: Referring | Target): Target {
  const { $ref } = value as Referring
  if ($ref === undefined) return value as Target
  return $ref
    .split('/')
    .slice(1)
    .reduce((part: unknown, key) => (part as Record<string, unknown>)[key], raw) as Target
}

function schemaName(schema: Referring | undefined): string | null {
  return schema?.$ref?.split('/').at(-1) ?? null
}
