import { expect, test } from 'vitest'
import { Phota } from '../../src/fixture/phota.ts'
import { operations } from '../../src/spec/index.ts'

/** What the journal notes of a request with this body, which is answered as if it had no unknown fields. */
async function notesOn(operation: string, body: object): Promise<string[]> {
  const phota = new Phota()
  const headers = { 'X-API-Key': phota.account.apiKey, 'Content-Type': 'application/json' }
  const needed = { images: ['https://example.com/a.jpg'], image: 'https://example.com/a.jpg' }
  const rules = { async: true, response_mode: 'urls', ...(operation === 'generate' ? {} : needed) }
  const answer = await phota.fetch(`${phota.baseUrl}/${operation}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...rules, ...body }),
  })
  expect(answer.status).toBe(202)
  const [entry] = await phota.control.journal.list()
  return entry?.warnings ?? []
}

test('a misspelt field of a body is ignored, and the journal notes it with the nearest', async () => {
  expect(
    await notesOn('generate', { prompt: 'x', promt: 'y', clientRequestId: 'z', callbackURL: 'https://x.test' }),
  ).toEqual([
    'promt is no field of generate, and was ignored. Did you mean prompt?',
    'clientRequestId is no field of generate, and was ignored. Did you mean client_request_id?',
    'callbackURL is no field of generate, and was ignored. Did you mean callback_url?',
  ])
})

test('so is a field that another operation has, and of very many the first few', async () => {
  expect(await notesOn('generate', { profile_ids: ['a'] })).toEqual([
    'profile_ids is no field of generate, and was ignored.',
  ])
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${'x'.repeat(500)}${n}`, 1]))
  const notes = await notesOn('generate', many)
  expect(notes).toHaveLength(6)
  expect(notes.at(-1)).toBe('4995 more fields were ignored')
})

test('each field that an operation has is known as one', async () => {
  for (const { operationId, requestBody, requestFields } of Object.values(operations))
    expect(requestFields.length > 0, operationId).toBe(requestBody !== null)
  expect(
    await notesOn('edit', { prompt: 'x', num_output_images: 2, aspect_ratio: '1:1', client_request_id: 'a' }),
  ).toEqual([expect.stringContaining('image is no field of edit')])
})
