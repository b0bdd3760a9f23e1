import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { table, wrap } from './markdown.ts'

const SOURCE = 'src/spec/control/openapi.yaml'
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  description?: string
  required?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
}

interface Parameter {
  $ref?: string
  name: string
  in: 'path' | 'query' | 'header'
  description?: string
  schema: Schema
}

type Content = Record<string, { schema?: Schema; examples?: Record<string, { value: unknown }> }>

interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { $ref?: string; content?: Content; description?: string }>
}

interface Document {
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, unknown>> & { schemas: Record<string, Schema> }
}

/** The reference part of docs/control-api.md: every route and every body, from control.yaml. */
export async function controlReference(): Promise<string> {
  const document = parse(await readFile(SOURCE, 'utf8')) as Document
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  )
  const chapters = document.tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags[0] === name)
    return [
      `## ${name}`,
      wrap(description),
      ...own.map(({ path, method, operation }) => route(document, path, method, operation)),
    ].join('\n\n')
  })
  const schemas = Object.entries(document.components.schemas).filter(([name]) => !isOfSnapshots(name))
  return [
    ...chapters,
    '## Bodies',
    'Fields that are not listed are refused. A field with `?` may be left out.',
    ...schemas.map(([name, schema]) => body(name, schema)),
  ].join('\n\n')
}

/** A snapshot is made to be restored, not to be read. */
function isOfSnapshots(name: string): boolean {
  return name.startsWith('Snapshot')
}

function route(document: Document, path: string, method: string, operation: Operation): string {
  const { operationId, summary, description, requestBody, responses } = operation
  const [request] = Object.values(requestBody?.content ?? {})
  const query = (operation.parameters ?? [])
    .map((parameter) => resolve<Parameter>(document, parameter))
    .filter((parameter) => parameter.in === 'query')
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, response]) => {
      const [[type = '', content] = []] = Object.entries(resolve<typeof response>(document, response).content ?? {})
      const answer = content?.schema ? ` ${typeOf(content.schema)}` : ''
      return `${status}${answer}${type === '' || type === 'application/json' ? '' : ` as \`${type}\``}`
    })
  const refusals = Object.keys(responses).filter((status) => !status.startsWith('2'))
  const facts = [
    ...(request?.schema ? [`Body: ${typeOf(request.schema)}.`] : []),
    `Answers ${answers.join(' or ')}${refusals.length > 0 ? `; refuses with ${refusals.join(', ')}` : ''}.`,
    `Operation \`${operationId}\`.`,
  ].join(' ')
  return [
    `### ${method.toUpperCase()} ${path}`,
    wrap(`${summary}. ${description ?? ''}`),
    wrap(facts),
    ...(query.length > 0
      ? [
          table(
            ['query', '', ''],
            query.map(({ name, schema, description = '' }) => [`\`${name}\``, typeOf(schema), description]),
          ),
        ]
      : []),
    ...Object.values(request?.examples ?? {}).map(({ value }) => curl(document, path, method, value)),
  ].join('\n\n')
}

function curl({ servers }: Document, path: string, method: string, value: unknown): string {
  const url = `${servers[0]?.url}${path.replace('{world}', 'default').replace('{account}', 'alice')}`
  const verb = method === 'post' ? '' : ` -X ${method.toUpperCase()}`
  return [
    '```sh',
    `curl -s${verb} ${url} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(value)}'`,
    '```',
  ].join('\n')
}

function body(name: string, schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([field, type]) => [
    `\`${field}\`${schema.required?.includes(field) ? '' : ' ?'}`,
    typeOf(type),
    type.description ?? type.allOf?.[0]?.description ?? '',
  ])
  const what = schema.properties || schema.$ref ? '' : ` ${sentence(typeOf(schema))}`
  return [
    // A chapter may have the same name.
    `### ${name} body`,
    wrap(`${schema.description ?? ''}${what}`),
    ...(rows.length > 0 ? [table(['field', '', ''], rows)] : []),
  ].join('\n\n')
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return linkTo(schema.$ref)
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf
  if (choices) return choices.map(typeOf).join(' or ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.items) return `list of ${typeOf(schema.items)}`
  const values = schema.additionalProperties
  if (typeof values === 'object') return `object of ${typeOf(values)}`
  return [schema.type ?? 'anything'].flat().join(' or ')
}

function linkTo(reference: string): string {
  const name = nameIn(reference)
  return isOfSnapshots(name) ? 'a snapshot' : `[${name}](#${name.toLowerCase()}-body)`
}

function nameIn(reference: string): string {
  return reference.split('/').at(-1) ?? ''
}

function resolve<Target>(document: Document, value: { $ref?: string }): Target {
  if (value.$ref === undefined) return value as Target
  const [, , kind = '', name = ''] = value.$ref.split('/')
  return document.components[kind]?.[name] as Target
}
