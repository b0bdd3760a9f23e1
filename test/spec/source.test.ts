import { expect, test } from 'vitest'
import { operations, sourceOf, type Validate } from '../../src/spec/index.ts'

const getJob = operations.getJob.responses

/** Where each part of the value differs, and what that is worth. */
function differences(validate: Validate | null | undefined, value: unknown): string[] {
  if (!validate || validate(value)) return []
  return (validate.errors ?? []).map((issue) => `${issue.instancePath} ${issue.keyword}: ${sourceOf(issue)}`)
}

const pending = {
  job_id: '5f3c8a1e9b4d4c7e8a2f1b6d0c9e7a31',
  status: 'pending',
  operation: 'edit',
  result: null,
  error: null,
  created_at: '2026-06-22T12:00:00Z',
  completed_at: null,
}
const { result: _result, error: _error, completed_at: _completed, ...bare } = pending
const succeeded = {
  ...pending,
  status: 'succeeded',
  completed_at: '2026-06-22T12:00:18Z',
  result: { images: [], download_urls: [], known_subjects: { counts: {} } },
}
const failed = {
  ...succeeded,
  status: 'failed',
  result: null,
  error: { code: 'TIMEOUT', message: 'It took too long.' },
}

test.for<[string, unknown, string[]]>([
  ['a job as the mock makes it', pending, []],
  ['an id of another form', { ...pending, job_id: '5F3C-1' }, ['/job_id pattern: choice']],
  ['an empty id', { ...pending, job_id: '' }, ['/job_id minLength: guide', '/job_id pattern: choice']],
  ['unfinished fields left out', bare, [' required: choice', ' required: choice', ' required: choice']],
  ['a result before the end', { ...pending, result: {} }, ['/result type: choice']],
  ['a field more', { ...pending, progress: 1 }, [' additionalProperties: choice']],
  ['another offset', { ...pending, created_at: '2026-06-22T12:00:00+05:30' }, ['/created_at pattern: choice']],
  [
    'no offset',
    { ...pending, created_at: '2026-06-22T12:00:00' },
    ['/created_at format: guide', '/created_at pattern: choice'],
  ],
  ['an operation that there is not', { ...pending, operation: 'draw' }, ['/operation enum: guide']],
  ['a status that there is not', { ...pending, status: 'queued' }, [' discriminator: guide']],
  ['a code of its own', { ...failed, error: { code: 'own', message: 'x' } }, ['/error/code enum: choice']],
  ['no code', { ...failed, error: { message: 'x' } }, ['/error required: guide']],
  [
    'a field more inside a result',
    { ...succeeded, result: { ...succeeded.result, seed: 1 } },
    ['/result additionalProperties: choice'],
  ],
  ['no completed_at at the end', { ...succeeded, completed_at: null }, ['/completed_at type: guide']],
])('%s is worth what openapi.yaml says of it', ([, job, wanted]) => {
  expect(differences(getJob[200]?.validate, job).toSorted()).toEqual(wanted.toSorted())
})

test('The body of a refusal is of nobody’s promise', () => {
  const all = [{}, { detail: 'text' }, { code: 'own', detail: '', more: 1 }, { detail: [{ loc: 7, input: 1 }] }]
  for (const status of [404, 422] as const) {
    for (const body of all) {
      const worth = differences(getJob[status]?.validate, body).map((text) => text.split(': ')[1])
      expect(worth.length).toBeGreaterThan(0)
      expect(new Set(worth)).toEqual(new Set(['choice']))
    }
  }
})

test('What profiles answer is of the reference', () => {
  const { validate } = operations.getProfileStatus.responses[200] ?? {}
  expect(differences(validate, { profile_id: '', status: 'NEW', message: '', more: 1 }).toSorted()).toEqual([
    ' additionalProperties: choice',
    '/profile_id minLength: reference',
    '/status enum: reference',
  ])
})
