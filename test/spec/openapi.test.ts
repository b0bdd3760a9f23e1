import { readFile } from 'node:fs/promises'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type DocumentedOperation, operations } from '../../src/spec/index.ts'
import { operations as controlOperations } from './control/operations.ts'

interface Media {
  schema?: object
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

interface Described {
  operationId: string
  security?: object[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { headers?: Record<string, { required?: boolean }>; content?: Record<string, Media> }>
  callbacks?: Record<
    string,
    Record<string, { post: { parameters: { name: string }[]; requestBody: { content: Record<string, Media> } } }>
  >
}

interface Document {
  security?: object[]
  paths: Record<string, Record<string, Described>>
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Every part of the document that has both a schema and examples of it: bodies, parameters, headers, callbacks. */
function withExamples(part: unknown, at = '#', seen: Set<unknown> = new Set()): { at: string; media: Media }[] {
  if (part === null || typeof part !== 'object' || seen.has(part)) return []
  seen.add(part)
  const media = part as Media
  const here = media.schema && ('example' in media || media.examples) ? [{ at, media }] : []
  return [...here, ...Object.entries(part).flatMap(([key, value]) => withExamples(value, `${at}/${key}`, seen))]
}

for (const [source, table] of [
  ['openapi.yaml', operations],
  ['src/spec/control/openapi.yaml', controlOperations],
] as const) {
  const text = await readFile(source, 'utf8')
  const document = (await SwaggerParser.dereference(parse(text))) as unknown as Document
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) =>
      item[method] ? [{ path, method: method.toUpperCase(), operation: item[method] }] : [],
    ),
  )

  describe(source, () => {
    test('is a valid OpenAPI document', async () => {
      await expect(SwaggerParser.validate(parse(text))).resolves.toMatchObject({ openapi: '3.1.0' })
    })

    // openapi-typescript-codegen exports parameters and schemas side by side, and judges take /…/ for a regular
    // expression.
    test('no parameter has the name of a schema, and no pattern begins with a slash', () => {
      const { components } = parse(text) as { components: { parameters: object; schemas: object } }
      const names = Object.keys(components.schemas)
      // The World and the Account of the control API are paths too, and no client of it is generated.
      if (source === 'openapi.yaml')
        expect(Object.keys(components.parameters).filter((name) => names.includes(name))).toEqual([])
      expect(text.match(/pattern: ["']?\^?\/.*/g)).toBeNull()
    })

    test('has the operations of the table, and the table has no others', () => {
      const rows = Object.values<DocumentedOperation>(table).map(
        ({ operationId, method, path }) => `${method} ${path} ${operationId}`,
      )
      expect(
        described.map(({ method, path, operation }) => `${method} ${path} ${operation.operationId}`).toSorted(),
      ).toEqual(rows.toSorted())
    })

    test('every example is valid, in bodies, parameters, headers and callbacks', () => {
      const ajv = new Ajv2020({ allErrors: true, strict: false })
      addFormats.default(ajv)
      const found = withExamples(document)
      const problems = found.flatMap(({ at, media }) => {
        const validate = ajv.compile(media.schema as object)
        const values = Object.values(media.examples ?? { only: { value: media.example } }).map(({ value }) => value)
        return values.flatMap((value) => (validate(value) ? [] : `${at}: ${ajv.errorsText(validate.errors)}`))
      })
      expect(problems).toEqual([])
      expect(found.length).toBeGreaterThan(0)
    })

    for (const { operation } of described) {
      const row = (table as Record<string, DocumentedOperation>)[operation.operationId] as DocumentedOperation
      const bodies = [
        ['request', operation.requestBody?.content['application/json'], row.requestBody] as const,
        ...Object.entries(operation.responses).map(
          ([status, { content }]) =>
            [status, content?.['application/json'], row.responses[Number(status)]?.validate] as const,
        ),
      ]
      for (const [what, media, validate] of bodies) {
        for (const [name, { value }] of Object.entries(media?.examples ?? {})) {
          test(`the example ${name} of ${operation.operationId} ${what} is valid`, () => {
            if (!validate) throw new Error('the table has no validator for it')
            validate(structuredClone(value))
            expect(validate.errors).toBeNull()
          })
        }
      }
    }
  })
}

const document = (await SwaggerParser.dereference(parse(await readFile('openapi.yaml', 'utf8')))) as unknown as Document

for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    test(`${method} ${path} has an example for its request and each of its answers`, () => {
      const media = [operation.requestBody, ...Object.values(operation.responses)].flatMap(
        (body) => body?.content?.['application/json'] ?? [],
      )
      for (const { examples } of media) expect(Object.keys(examples ?? {}).length).toBeGreaterThan(0)
    })

    test(`every answer of ${method} ${path} carries X-Request-Id`, () => {
      for (const [status, { headers }] of Object.entries(operation.responses))
        expect(headers?.['X-Request-Id'], status).toMatchObject({ required: true })
    })

    test(`${method} ${path} asks for the API key`, () => {
      expect(operation.security ?? document.security).toEqual([{ ApiKey: [] }])
    })
  }
}

test('each image operation describes its callback with the signature header', () => {
  for (const path of ['/edit', '/generate', '/enhance', '/remix']) {
    const callback = document.paths[path]?.['post']?.callbacks?.['jobFinished']?.['{$request.body#/callback_url}']?.post
    expect(callback?.parameters.map(({ name }) => name)).toEqual(['X-Phota-Signature'])
  }
})

test('each operation of the control API describes the refusals that any of them may have, and resetWorld the live key', () => {
  for (const { operationId, responses } of Object.values<DocumentedOperation>(controlOperations))
    expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['400', '401', '403']))
  expect(Object.keys(controlOperations.resetWorld.responses)).toContain('409')
})

test('each operation describes the 400 of an X-Mock-Scenario that cannot be read', () => {
  for (const { operationId, responses } of Object.values<DocumentedOperation>(operations))
    expect(Object.keys(responses), operationId).toContain('400')
})
