import { describe, expect, test } from 'vitest'
import { type DocumentedOperation, operations, type ValidationIssue } from '../../src/spec/index.ts'

const IMAGE = 'https://example.com/a.jpg'
const EDIT = { images: [IMAGE] }
const REMIX = { input_image: IMAGE, reference_image: IMAGE }
const PHOTOS = { image_urls: Array(10).fill(IMAGE) }
const STUDIO = { prompt: '', num_output_images: 1, output_format: 'jpg', response_mode: 'bytes', async: false }
const SIZED = { aspect_ratio: 'auto', resolution: '1K', base_model: 'nb2', quality: 'auto' }

type WithBody = 'edit' | 'generate' | 'enhance' | 'remix' | 'addProfile'

/** Where a body is at fault, each place once, sorted. */
function faults(operationId: WithBody, body: object): string[] {
  const validate = operations[operationId].requestBody
  if (!validate) throw new Error(`${operationId} has no request validator`)
  validate(structuredClone(body))
  return [...new Set((validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(at))].toSorted()
}

function at({ instancePath, params }: ValidationIssue): string {
  return instancePath + ('missingProperty' in params ? `/${params['missingProperty']}` : '')
}

test.each([
  ['edit', {}, { ...STUDIO, ...SIZED, images: [], profile_ids: [] }],
  ['generate', {}, { ...STUDIO, ...SIZED }],
  ['enhance', { image: IMAGE }, { ...STUDIO, image: IMAGE, profile_ids: [] }],
  ['remix', REMIX, { ...STUDIO, ...REMIX, profile_ids: [] }],
  ['addProfile', PHOTOS, { ...PHOTOS, training_tier: 'standard' }],
] as const)('the validator of %s fills in the documented defaults', (operationId, given, want) => {
  const body = structuredClone(given)
  expect(operations[operationId].requestBody?.(body)).toBe(true)
  expect(body).toEqual(want)
})

test('a field that was given is left as it is, and so is one that is unknown', () => {
  const given = { ...STUDIO, ...SIZED, images: [IMAGE], profile_ids: [], prompt: 'x', resolution: '4K', pro_mode: true }
  const body = structuredClone(given)
  expect(operations.edit.requestBody?.(body)).toBe(true)
  expect(body).toEqual(given)
})

test('an answer is never filled in', () => {
  for (const { responses } of Object.values<DocumentedOperation>(operations)) {
    for (const { validate } of Object.values(responses)) {
      const body = {}
      validate?.(body)
      expect(body).toEqual({})
    }
  }
})

describe.each([
  ['edit', EDIT],
  ['generate', {}],
  ['enhance', { image: IMAGE }],
  ['remix', REMIX],
] as const)('on %s', (operationId, minimal) => {
  test.each([
    [{ async: true }, ['/response_mode']],
    [{ async: true, response_mode: 'bytes' }, ['/response_mode']],
    [{ async: true, response_mode: 'urls' }, []],
    [{ callback_url: 'https://example.com' }, ['/callback_url']],
    [{ async: false, callback_url: 'https://example.com' }, ['/callback_url']],
    [{ async: true, response_mode: 'urls', callback_url: 'https://example.com' }, []],
    [{ async: true, response_mode: 'urls', callback_url: 'no URL' }, ['/callback_url']],
    [{ async: true, callback_url: 'no URL' }, ['/callback_url', '/response_mode']],
    [{ callback_url: null, client_request_id: null }, []],
    [{ client_request_id: '' }, ['/client_request_id']],
    [{ client_request_id: 'x'.repeat(255) }, []],
    [{ client_request_id: 'x'.repeat(256) }, ['/client_request_id']],
    [{ num_output_images: 0 }, ['/num_output_images']],
    [{ num_output_images: 1.5 }, ['/num_output_images']],
    [{ num_output_images: 4 }, []],
    [{ num_output_images: 5 }, ['/num_output_images']],
    [{ output_format: 'webp', prompt: 7 }, ['/output_format', '/prompt']],
  ])('%j is at fault in %j', (fields, paths) => {
    expect(faults(operationId, { ...minimal, ...fields })).toEqual(paths)
  })
})

test.each([
  ['edit', { images: Array(10).fill('x') }, []],
  ['edit', { images: Array(11).fill('x') }, ['/images']],
  [
    'edit',
    { ...EDIT, base_model: 'nb9', quality: 'best', resolution: '8K' },
    ['/base_model', '/quality', '/resolution'],
  ],
  ['generate', { aspect_ratio: '2:1' }, ['/aspect_ratio']],
  ['generate', { profile_ids: 7 }, []],
  ['enhance', {}, ['/image']],
  ['remix', {}, ['/input_image', '/reference_image']],
  ['addProfile', {}, ['/image_urls']],
  ['addProfile', { image_urls: [...PHOTOS.image_urls, 'no URL'] }, ['/image_urls/10']],
  ['addProfile', { ...PHOTOS, tag: '' }, ['/tag']],
  ['addProfile', { ...PHOTOS, tag: null }, []],
  ['addProfile', { ...PHOTOS, training_tier: 'slow' }, ['/training_tier']],
] as const)('on %s, %j is at fault in %j', (operationId, body, paths) => {
  expect(faults(operationId, body)).toEqual(paths)
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
  [10, undefined, []],
])('%i photos for %s training are at fault in %j', (count, training_tier, paths) => {
  expect(
    faults('addProfile', { image_urls: Array(count).fill(IMAGE), ...(training_tier && { training_tier }) }),
  ).toEqual(paths)
})
