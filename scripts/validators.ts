import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { _, type KeywordCxt } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standaloneCode from 'ajv/dist/standalone/index.js'
import addFormats from 'ajv-formats'
import { build } from 'esbuild'
import type { Description } from './description.ts'
import { withExpectations } from './expectations.ts'

const require = createRequire(import.meta.url)

/** `EditRequest` as `editRequest`: the name of its validator. */
export function validatorName(schema: string): string {
  return schema.charAt(0).toLowerCase() + schema.slice(1)
}

/** `listProfiles`, `tag` as `listProfilesTag`. */
export function parameterValidatorName(operationId: string, parameter: string): string {
  const words = parameter.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return operationId + words.join('')
}

const MOST_ERRORS = 1000

/**
 * One self-contained module with a function for each request body, which fills in defaults, and for each response body
 * and query parameter.
 *
 * @param isTold what breaks a request's schema comes with that schema, and what it expects in words as `x-expects`
 * @param withAnswers whether there are functions for response bodies
 */
export async function compileValidators(
  description: Description,
  { isTold, withAnswers = true }: { isTold: boolean; withAnswers?: boolean },
): Promise<{ code: string; names: string[] }> {
  const { operations, callbacks } = description
  const requests = references([
    ...operations.flatMap(({ requestBody }) => requestBody ?? []),
    ...ownSchemas(description),
  ])
  const responses = references(
    withAnswers
      ? [
          ...operations.flatMap(({ responses }) => responses.flatMap(({ schema }) => schema ?? [])),
          ...callbacks.map(({ schema }) => schema),
        ]
      : [],
  )
  const parameters = Object.fromEntries(
    [
      ...operations.map(({ operationId, queryParameters }) => ({ operationId, parameters: queryParameters })),
      ...callbacks.map(({ operationId, requiredHeaders }) => ({ operationId, parameters: requiredHeaders })),
    ].flatMap(({ operationId, parameters }) =>
      parameters.map(
        ({ name, schema }) =>
          [
            parameterValidatorName(operationId, name),
            isTold ? withExpectations(resolved(schema as Schema, description), description.schemas) : schema,
          ] as const,
      ),
    ),
  )
  const shared = Object.keys(requests).filter((name) => name in responses)
  if (shared.length > 0)
    throw new Error(
      `${description.source}: ${shared.join(', ')} is both a request and a response body; name one of them apart`,
    )
  const modules: Record<string, string> = {
    requests: bounded(compile(description, requests, { isRequest: true, isTold })),
    answers: compile(description, { ...responses, ...parameters }, { isRequest: false, isTold: false }),
  }
  const bundle = await build({
    stdin: { contents: "export * from 'requests'\nexport * from 'answers'" },
    plugins: [
      {
        name: 'in-memory',
        setup(builder) {
          builder.onResolve({ filter: /^(requests|answers)$/ }, ({ path }) => ({ path, namespace: 'compiled' }))
          builder.onLoad({ filter: /.*/, namespace: 'compiled' }, ({ path }) => ({
            contents: modules[path] ?? '',
          }))
          // A bundle names its parts. Known by package instead of by folder, they make the same bytes wherever
          // node_modules lies.
          builder.onResolve({ filter: /^[^.]/ }, ({ path }) => ({ path, namespace: 'installed' }))
          builder.onLoad({ filter: /.*/, namespace: 'installed' }, async ({ path }) => ({
            contents: await readFile(require.resolve(path), 'utf8'),
          }))
        },
      },
    ],
    bundle: true,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    write: false,
  })
  return {
    code: bundle.outputFiles[0]?.text ?? '',
    names: [requests, responses, parameters].flatMap((part) => Object.keys(part)),
  }
}

/** What `x-own` marks: schemas of one API, held against parts that the description leaves open for every API. */
function ownSchemas({ schemas }: Description): string[] {
  return Object.entries(schemas).flatMap(([name, schema]) => ((schema as Schema)['x-own'] === true ? [name] : []))
}

function resolved(schema: Schema, { schemas }: Description): Schema {
  const { $ref } = schema
  return typeof $ref === 'string' ? (schemas[$ref.split('/').at(-1) ?? ''] as Schema) : schema
}

function references(schemas: string[]): Record<string, object> {
  return Object.fromEntries(
    schemas.map((schema) => [validatorName(schema), { $ref: `#/components/schemas/${schema}` }]),
  )
}

/**
 * Ajv makes a new list of all errors for each part that has some, which takes the square of their number, and keeps
 * every one. Of a body with a million wrong items, the first are enough.
 */
function bounded(code: string): string {
  const kept = code
    .replaceAll(/vErrors === null \? (\w+)\.errors : vErrors\.concat\(\1\.errors\)/g, 'withErrors(vErrors, $1.errors)')
    .replaceAll(/vErrors\.push\((\w+)\)/g, 'withErrors(vErrors, [$1])')
  if (kept.includes('vErrors.concat') || kept.includes('vErrors.push'))
    throw new Error('Ajv collects errors in another way')
  return `${kept}
function withErrors(kept, more) {
  if (kept === null) return more
  for (let i = 0; i < more.length && kept.length < ${MOST_ERRORS}; i++) kept.push(more[i])
  return kept
}
`
}

/** Defaults of a request are filled in; of an answer, what differs says where it comes from. */
function compile(
  { schemas }: Description,
  wanted: Record<string, object>,
  { isRequest, isTold }: { isRequest: boolean; isTold: boolean },
): string {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: isRequest,
    verbose: !isRequest || isTold,
    // A job is held against the branch that its own status names.
    discriminator: true,
    strict: true,
    // A rule about one field may stand apart from the field's own schema.
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
  })
  addFormats.default(ajv)
  // Words of OpenAPI that say nothing about validity.
  ajv.addVocabulary(['example', 'xml', 'externalDocs', 'x-source', 'x-expects', 'x-own'])
  for (const { keyword, type, before, clip } of CLIPS)
    ajv.addKeyword({ keyword, type, schemaType: 'number', before, code: clip })
  const told = isTold ? withExpectations(schemas, schemas) : schemas
  ajv.addSchema(absolute({ $id: 'spec', $defs: isRequest ? plain(told) : withSources(told) }))
  const ids: Record<string, string> = {}
  for (const [name, schema] of Object.entries(wanted)) {
    ids[name] = `#${name}`
    ajv.addSchema(absolute(schema), ids[name])
  }
  return standaloneCode.default(ajv, ids)
}

/**
 * What is longer than it may be is cut before the rest of its schema looks at it, to a length that is still too long:
 * it is refused all the same, at no more cost than one of that length, and a pattern is never tried on 60 MB.
 */
const CLIPS = [
  {
    keyword: 'clipItems',
    type: 'array',
    before: 'maxItems',
    clip: ({ gen, data, schema }: KeywordCxt) =>
      gen.if(_`${data}.length > ${schema}`, () => gen.assign(_`${data}.length`, schema)),
  },
  {
    keyword: 'clipLength',
    type: 'string',
    before: 'maxLength',
    clip: ({ gen, data, schema }: KeywordCxt) =>
      gen.if(_`${data}.length > ${schema}`, () => gen.assign(data, _`${data}.slice(0, ${schema})`)),
  },
] as const

function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"spec#/$defs/'))
}

type Schema = Readonly<Record<string, unknown>>

/** What one word says of a schema holds for all that lies inside it, until something inside says otherwise. */
function withSources(schemas: unknown, inherited?: unknown): unknown {
  if (Array.isArray(schemas)) return schemas.map((each) => withSources(each, inherited))
  if (typeof schemas !== 'object' || schemas === null) return schemas
  const { 'x-source': own, ...rest } = withoutMapping(schemas as Schema)
  const stated = typeof own === 'string' ? { '*': own } : ((own as Schema | undefined) ?? {})
  const fallback = stated['*'] ?? inherited
  const inside = Object.entries(rest).map(([key, value]) => [key, withSources(value, fallback)])
  const source = fallback === undefined ? stated : { '*': fallback, ...stated }
  return {
    ...Object.fromEntries(inside),
    ...(Object.keys(source).length > 0 && isSchema(rest) && { 'x-source': source }),
  }
}

function plain(schemas: unknown): unknown {
  if (Array.isArray(schemas)) return schemas.map(plain)
  if (typeof schemas !== 'object' || schemas === null) return schemas
  const { 'x-source': _source, ...rest } = withoutMapping(schemas as Schema)
  const { maxItems, maxLength } = rest
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plain(value)])),
    ...(typeof maxItems === 'number' && { clipItems: maxItems + 1 }),
    // A length is counted in characters, of which one may take two units.
    ...(typeof maxLength === 'number' && { clipLength: 2 * maxLength + 1 }),
  }
}

/** Ajv takes no mapping; the branches' own constants say the same. */
function withoutMapping(schema: Schema): Schema {
  const { discriminator, ...rest } = schema as { discriminator?: { propertyName?: unknown } }
  if (typeof discriminator?.propertyName !== 'string') return schema
  return { ...rest, discriminator: { propertyName: discriminator.propertyName } }
}

/** A map of properties is none, and has no source of its own; one of its properties may be called `type`. */
function isSchema({ type, $ref, oneOf, allOf }: Schema): boolean {
  return typeof type === 'string' || Array.isArray(type) || [$ref, oneOf, allOf].some((each) => each !== undefined)
}
