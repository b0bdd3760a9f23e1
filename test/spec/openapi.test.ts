import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import SwaggerParser from '@apidevtools/swagger-parser'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { operations as controlOperations } from '../../src/spec/control/index.ts'
import { type Operation, operations, type ValidationIssue } from '../../src/spec/index.ts'

interface Media {
  schema?: object
  examples?: Record<string, { value: unknown }>
}

interface Described {
  operationId: string
  security?: object[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { headers?: Record<string, unknown>; content?: Record<string, Media> }>
  callbacks?: Record<
    string,
    Record<string, { post: { parameters: { name: string }[]; requestBody: { content: Record<string, Media> } } }>
  >
}

interface Document {
  paths: Record<string, Record<string, Described>>
}

const METHODS = ['get', 'post', 'patch', 'delete']

for (const [source, table, basePath] of [
  ['openapi.yaml', operations, ''],
  ['src/server/control.yaml', controlOperations, ''],
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

    test('has the operations of the table, and the table has no others', () => {
      const rows = Object.values<Operation>(table).map(
        ({ operationId, method, path }) => `${method} ${basePath}${path} ${operationId}`,
      )
      expect(
        described.map(({ method, path, operation }) => `${method} ${path} ${operation.operationId}`).toSorted(),
      ).toEqual(rows.toSorted())
    })

    for (const { operation } of described) {
      const row = (table as Record<string, Operation>)[operation.operationId] as Operation
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
            validate?.(structuredClone(value))
            expect(validate?.errors ?? null).toBeNull()
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
        expect(Object.keys(headers ?? {}), status).toContain('X-Request-Id')
    })
  }
}

test('each image operation describes its callback with the signature header', () => {
  for (const path of ['/edit', '/generate', '/enhance', '/remix']) {
    const callback = document.paths[path]?.['post']?.callbacks?.['jobFinished']?.['{$request.body#/callback_url}']?.post
    expect(callback?.parameters.map(({ name }) => name)).toEqual(['X-Phota-Signature'])
  }
})

test('what is generated is up to date, and a change is noticed', async () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate.ts', '--check'])
})

describe('request validators', () => {
  const EDIT = { images: ['https://example.com/a.jpg'] }
  const at = (issues: ValidationIssue[] | null | undefined) =>
    (issues ?? [])
      .filter(({ keyword }) => keyword !== 'if')
      .map(
        ({ instancePath, params }) =>
          instancePath + ('missingProperty' in params ? `/${params['missingProperty']}` : ''),
      )

  test('fill in the documented defaults', () => {
    const body = {}
    expect(operations.edit.requestBody?.(body)).toBe(true)
    expect(body).toEqual({
      prompt: '',
      images: [],
      profile_ids: [],
      num_output_images: 1,
      aspect_ratio: 'auto',
      resolution: '1K',
      base_model: 'nb2',
      quality: 'auto',
      output_format: 'jpg',
      response_mode: 'bytes',
      async: false,
    })
  })

  test.each([
    [{ ...EDIT, async: true, response_mode: 'bytes' }, ['/response_mode']],
    [{ ...EDIT, async: true }, ['/response_mode']],
    [{ ...EDIT, callback_url: 'https://example.com' }, ['/callback_url']],
    [{ ...EDIT, async: false, callback_url: 'https://example.com' }, ['/callback_url']],
    [{ ...EDIT, async: true, response_mode: 'urls', callback_url: 'https://example.com' }, []],
    [{ ...EDIT, callback_url: null, client_request_id: null }, []],
    [{ ...EDIT, num_output_images: 1.5 }, ['/num_output_images']],
    [{ ...EDIT, client_request_id: '' }, ['/client_request_id']],
    [{ images: Array(11).fill('x') }, ['/images']],
  ])('%j is at fault in %j', (body, paths) => {
    operations.edit.requestBody?.(body)
    expect(at(operations.edit.requestBody?.errors)).toEqual(paths)
  })

  test.each([
    [9, 'standard', ['/image_urls']],
    [10, 'standard', []],
    [50, 'standard', []],
    [51, 'standard', ['/image_urls']],
    [4, 'fast', ['/image_urls']],
    [5, 'fast', []],
    [10, 'fast', []],
    [11, 'fast', ['/image_urls']],
    [9, undefined, ['/image_urls']],
  ])('%i photos for %s training are at fault in %j', (count, training_tier, paths) => {
    const body = { image_urls: Array(count).fill('https://example.com/a.jpg'), ...(training_tier && { training_tier }) }
    operations.addProfile.requestBody?.(body)
    expect(at(operations.addProfile.requestBody?.errors)).toEqual(paths)
  })
})
