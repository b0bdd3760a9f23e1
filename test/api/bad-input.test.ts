import { gzipSync } from 'node:zlib'
import { afterEach, expect, vi } from 'vitest'
import { usd } from '../../src/engine/money.ts'
import {
  type Answer,
  API,
  ASYNC,
  balance,
  behindEachDoor,
  type Door,
  type DoorTest,
  EDIT,
  finished,
  IMAGE,
  MINIMAL,
  OPERATIONS,
  poll,
  submit,
  whileOpen,
} from '../support/doors.ts'

const NEVER_ISSUED = 'ffffffffffff4fff8fffffffffffffff'
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')
const STACK = /\bat .*\.(ts|js):/
const MIB = 1024 * 1024

afterEach(() => vi.restoreAllMocks())

/**
 * As `behindEachDoor`; and after each test the same server takes an ordinary request, without having complained of a
 * bug.
 */
function harmless(title: string, define: (test: DoorTest) => void): void {
  behindEachDoor(`${title}, and does no harm`, (test) =>
    define(
      test.extend<{ harmless: undefined }>({
        harmless: [
          async ({ door }, use) => {
            const complained = vi.spyOn(console, 'error')
            await use(undefined)
            expect(complained.mock.calls).toEqual([])
            expect((await submit(door)).status).toBe(202)
            expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
          },
          { auto: true },
        ],
      }) as never,
    ),
  )
}

function originOf(door: Door): string {
  const { origin } = new URL(door.world.options.cdnBaseUrl)
  return origin.startsWith('http://127.0.0.1') ? origin : 'https://api.photalabs.com'
}

function expectError(answer: Answer, status: number, code: string): void {
  expect(answer, answer.text).toMatchObject({ status })
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json(;|$)/)
  expect(answer.body).toEqual({
    code,
    detail: expect.stringMatching(/./),
    request_id: answer.headers.get('x-request-id'),
  })
  expect(answer.text).not.toMatch(STACK)
}

/** @param fields what `detail` names, as the first two parts of each `loc` */
function expectInvalid(answer: Answer, ...fields: string[]): void {
  expect(answer, answer.text).toMatchObject({ status: 422 })
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  expect(Object.keys(answer.body).toSorted()).toEqual(['detail', 'request_id'])
  expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'))
  for (const item of answer.body.detail) {
    expect(item).toEqual({
      loc: expect.any(Array),
      msg: expect.stringMatching(/./),
      type: expect.stringMatching(/^[a-z_]+$/),
    })
  }
  const named = answer.body.detail.map(({ loc }: { loc: unknown[] }) => loc.slice(0, 2).join('.'))
  expect([...new Set(named)].toSorted()).toEqual(fields.toSorted())
  expect(answer.text).not.toMatch(STACK)
}

function generate(door: Door, body: Record<string, unknown>, as = 'alice'): Promise<Answer> {
  return submit(door, body, as, 'generate')
}

function post(door: Door, rawBody: BodyInit, headers: Record<string, string> = {}): Promise<Answer> {
  return door.request('POST', `${API}/generate`, { rawBody, headers })
}

function nested(levels: number): string {
  return `{"async":true,"response_mode":"urls","deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
}

harmless('a body that cannot be read', (test) => {
  for (const [what, text] of [
    ['cut off', '{"prompt": "a'],
    ['no JSON', 'prompt=a+lighthouse'],
    ['with a comma too many', '{"prompt": "a",}'],
    ['in single quotes', "{'prompt': 'a'}"],
    ['two values', '{} {}'],
    ['NaN', '{"num_output_images": NaN}'],
    ['only spaces', '   '],
    ['an HTML page', '<html></html>'],
  ] as const) {
    test(`JSON that is malformed (${what}) is 422 and names the body`, async ({ door }) => {
      expectInvalid(await post(door, text), 'body')
    })
  }

  for (const value of ['null', '[]', '[{"prompt":"a"}]', '"text"', '7', 'true']) {
    test(`the JSON value ${value}, which is no object, is 422 and names the body`, async ({ door }) => {
      expectInvalid(await post(door, value), 'body')
    })
  }

  test('an empty body is 422, on each endpoint that takes one', async ({ door }) => {
    for (const path of [...OPERATIONS, 'profiles/add']) {
      expectInvalid(await door.request('POST', `${API}/${path}`, { rawBody: '' }), 'body')
      expectInvalid(await door.request('POST', `${API}/${path}`), 'body')
    }
  })

  for (const encoding of ['gzip', 'GZIP', 'br', 'deflate, gzip']) {
    test(`a body in ${encoding} is 400 and names Content-Encoding`, async ({ door }) => {
      const headers = { 'Content-Encoding': encoding }
      const { status, body } = await post(door, gzipSync('{"prompt":"a"}'), headers)
      expect([status, body.code]).toEqual([400, 'BAD_REQUEST'])
      expect(body.detail).toBe(
        `Content-Encoding: the body of a request is taken as it is, not in ${encoding}. Send it without.`,
      )
    })
  }

  test('a body that is said to be as it is, or begins with one byte order mark, is read', async ({ door }) => {
    const body = JSON.stringify({ prompt: 'a', async: true, response_mode: 'urls' })
    expect((await post(door, body, { 'Content-Encoding': 'identity' })).status).toBe(202)
    expect((await post(door, `\ufeff${body}`)).status).toBe(202)
    expectInvalid(await post(door, `\ufeff\ufeff${body}`), 'body')
  })

  test('bytes that are no UTF-8 are 422', async ({ door }) => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from(bytes), Buffer.from('"}')])
      expectInvalid(await post(door, body), 'body')
    }
    expectInvalid(await post(door, Buffer.from('{"prompt":"a"}', 'utf16le')), 'body')
  })

  test('a byte order mark before the JSON is passed over', async ({ door }) => {
    const body = JSON.stringify({ ...MINIMAL.generate, ...ASYNC })
    expect((await post(door, Buffer.from(`\ufeff${body}`))).status).toBe(202)
  })

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/octet-stream',
    'text/json',
  ]) {
    test(`Content-Type ${type} is 422 and names the header`, async ({ door }) => {
      const body = JSON.stringify({ ...MINIMAL.generate, ...ASYNC })
      expectInvalid(await post(door, body, { 'Content-Type': type }), 'header.content-type')
    })
  }

  for (const type of ['json', 'application', 'application/', 'a/b/c', ';;;', '']) {
    test(`Content-Type ${JSON.stringify(type)}, which is no media type, is 422 and names the header`, async ({
      door,
    }) => {
      const body = JSON.stringify({ ...MINIMAL.generate, ...ASYNC })
      expectInvalid(await post(door, body, { 'Content-Type': type }), 'header.content-type')
    })
  }

  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/vnd.a+json',
  ]) {
    test(`Content-Type ${type} is taken`, async ({ door }) => {
      expect((await post(door, JSON.stringify(ASYNC), { 'Content-Type': type })).status).toBe(202)
    })
  }

  test('a body without a Content-Type is taken for JSON', async ({ door }) => {
    const send = (text: string) =>
      fetch(`${originOf(door)}${API}/generate`, {
        method: 'POST',
        headers: { 'X-API-Key': 'test-key-alice' },
        body: Buffer.from(text),
      })
    expect((await send(JSON.stringify(ASYNC))).status).toBe(202)
    expect((await send('no json')).status).toBe(422)
  })

  test('on an endpoint that takes no body, a Content-Type that is no media type does not matter', async ({ door }) => {
    const headers = { 'Content-Type': 'garbage' }
    expect((await door.request('GET', `${API}/webhook-secret`, { headers })).status).toBe(200)
    expectError(await door.request('DELETE', `${API}/profiles/nobody`, { headers, rawBody: 'x' }), 404, 'NOT_FOUND')
  })

  test('JSON 64 levels deep is taken; 65 and 300 are 422', async ({ door }) => {
    expect((await post(door, nested(64))).status).toBe(202)
    expectInvalid(await post(door, nested(65)), 'body')
    expectInvalid(await post(door, nested(300)), 'body')
    expectInvalid(await post(door, `${'['.repeat(64)}${']'.repeat(64)}`), 'body')
  })

  test('JSON 100,000 levels deep is 422', async ({ door }) => {
    expectInvalid(await post(door, nested(100_000)), 'body')
    expectInvalid(await post(door, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), 'body')
  })

  test('a body of 70 MB is 413, whatever the key, and reserves nothing', async ({ door }) => {
    const before = balance(door)
    const rawBody = Buffer.alloc(70_000_000, 'a')
    rawBody.write('{"async":true,"response_mode":"urls","prompt":"')
    rawBody.write('"}', rawBody.length - 2)
    expectError(await post(door, rawBody), 413, 'PAYLOAD_TOO_LARGE')
    expectError(await door.request('POST', `${API}/edit`, { key: 'no-such-key', rawBody }), 413, 'PAYLOAD_TOO_LARGE')
    expect(balance(door)).toEqual(before)
  })

  test('a body of exactly 64 MiB is taken; one byte more is 413', async ({ door }) => {
    const head = `{"async":true,"response_mode":"urls","image":"${PNG}`
    const exact = Buffer.alloc(64 * MIB, 'A')
    exact.write(head)
    exact.write('"}', exact.length - 2)
    const taken = await door.request('POST', `${API}/enhance`, { rawBody: exact })
    expect(taken, taken.text).toMatchObject({ status: 202 })
    const longer = Buffer.concat([exact, Buffer.from(' ')])
    expectError(await door.request('POST', `${API}/enhance`, { rawBody: longer }), 413, 'PAYLOAD_TOO_LARGE')
  })
})

harmless('a key of the body that means something to JavaScript', (test) => {
  for (const text of [
    '{"__proto__":{"polluted":true,"async":false,"prompt":7}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"prototype":{"polluted":true},"toString":1,"valueOf":null,"hasOwnProperty":"x"}',
    '{"deep":{"__proto__":{"polluted":true}}}',
  ]) {
    test(`${text} is ignored like any unknown field`, async ({ door }) => {
      const { status, body } = await post(door, `${text.slice(0, -1)},"async":true,"response_mode":"urls"}`)
      expect(status).toBe(202)
      await door.clock.settle()
      expect((await poll(door, body.job_id)).body.status).toBe('succeeded')
    })
  }

  test('fields under __proto__ do not count as given', async ({ door }) => {
    const answer = await door.request('POST', `${API}/enhance`, {
      rawBody: `{"__proto__":{"image":"${IMAGE}"},"async":true,"response_mode":"urls"}`,
    })
    expectInvalid(answer, 'body.image')
  })

  for (const name of ['__proto__', 'constructor', 'toString']) {
    test(`the name ${name} is no model, no profile, no job and no key`, async ({ door }) => {
      expectInvalid(await generate(door, { base_model: name }), 'body.base_model')
      expect((await finished(door, { profile_ids: [name] })).body.result.known_subjects.counts).toEqual({})
      expectError(await poll(door, name), 404, 'NOT_FOUND')
      expectError(await door.request('GET', `${API}/profiles/${name}/status`), 404, 'NOT_FOUND')
      expectError(await door.request('GET', `${API}/webhook-secret`, { key: name }), 401, 'INVALID_API_KEY')
      expectError(await door.request('GET', `/${name}/20260622/x.jpg`), 404, 'NOT_FOUND')
    })
  }

  test('a client_request_id of __proto__ is a key like any other', async ({ door }) => {
    const first = await submit(door, { client_request_id: '__proto__' })
    const second = await submit(door, { client_request_id: '__proto__' })
    expect([first.status, second.status]).toEqual([202, 202])
    expect(second.body.job_id).toBe(first.body.job_id)
  })
})

harmless('a path or method that is not there', (test) => {
  const unknown = [
    '/v1',
    '/v1/phota',
    `${API}/`,
    `${API}/nope`,
    `${API}/edit/`,
    `${API}//edit`,
    `/${API}/edit`,
    `${API}/EDIT`,
    `${API}/edit/extra`,
    `${API}/jobs`,
    `${API}/jobs/`,
    `${API}/jobs/${NEVER_ISSUED}/`,
    `${API}/profiles`,
    `${API}/profiles/`,
    `${API}/profiles//status`,
    '/v1/photaa/edit',
    '/v2/phota/edit',
    '/edit',
    '/favicon.ico',
    `${API}/%zz`,
    `${API}/%`,
    `${API}/%00`,
    `${API}/%2e%2e%2fedit`,
    `${API}/edit%2f`,
    `${API}/edit%20`,
  ]
  test('an unknown path is 404 without a look at the key', async ({ door }) => {
    for (const path of unknown) {
      for (const options of [{ as: null }, { key: 'no-such-key' }, { as: 'alice' }]) {
        expectError(await door.request('GET', path, options), 404, 'NOT_FOUND')
        expectError(await door.request('POST', path, { ...options, rawBody: '{' }), 404, 'NOT_FOUND')
      }
    }
  })

  test('a path of 8,000 characters is 404', async ({ door }) => {
    expectError(await door.request('GET', `${API}/${'a'.repeat(8000)}`), 404, 'NOT_FOUND')
    expectError(await poll(door, 'a'.repeat(8000)), 404, 'NOT_FOUND')
    expectError(await poll(door, '%zz'.repeat(2600)), 404, 'NOT_FOUND')
  })

  const known: [path: string, allow: string][] = [
    ...OPERATIONS.map((operation): [string, string] => [`/${operation}`, 'POST']),
    [`/jobs/${NEVER_ISSUED}`, 'GET'],
    ['/webhook-secret', 'GET'],
    ['/profiles/add', 'POST'],
    ['/profiles/ids', 'GET'],
    ['/profiles/abc123/status', 'GET'],
    ['/profiles/abc123/profile_picture', 'GET'],
    ['/profiles/abc123', 'DELETE'],
  ]
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
    test(`${method} where it is not documented is 405 with Allow, without a look at the key`, async ({ door }) => {
      for (const [path, allow] of known.filter(([, allowed]) => allowed !== method)) {
        const answer = await door.request(method, API + path, { as: null })
        expectError(answer, 405, 'METHOD_NOT_ALLOWED')
        expect(answer.headers.get('allow')).toBe(allow)
      }
    })
  }

  test('HEAD is 405 with Allow and no body; on an unknown path it is 404', async ({ door }) => {
    for (const [path, allow] of known) {
      const response = await fetch(originOf(door) + API + path, { method: 'HEAD' })
      expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([405, allow, ''])
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    }
    expect((await fetch(`${originOf(door)}${API}/nope`, { method: 'HEAD' })).status).toBe(404)
  })

  for (const id of [
    'x',
    '%zz',
    '%',
    '%00',
    '%F0%28',
    '..%2f..',
    '%0d%0aX-Evil:%201',
    "'%20OR%201=1",
    'a%2Fb',
    '日本',
  ]) {
    test(`the id ${id} is 404, as a job and as a profile`, async ({ door }) => {
      for (const path of [`/jobs/${id}`, `/profiles/${id}/status`, `/profiles/${id}/profile_picture`]) {
        const answer = await door.request('GET', API + path)
        expectError(answer, 404, 'NOT_FOUND')
        expect(answer.headers.get('x-evil')).toBeNull()
      }
      expectError(await door.request('DELETE', `${API}/profiles/${id}`), 404, 'NOT_FOUND')
    })
  }

  test('a query string means nothing where none is documented, however odd', async ({ door }) => {
    for (const query of [
      '?',
      '?%zz',
      '?a=%&&=&==&a',
      '??',
      `?${'x'.repeat(6000)}`,
      '?__proto__[polluted]=1',
      '?%0d%0aX-Evil: 1',
    ]) {
      const answer = await door.request('GET', `${API}/webhook-secret${query}`)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('x-evil')).toBeNull()
      const posted = await door.request('POST', `${API}/generate${query}`, { body: ASYNC })
      expect(posted.status).toBe(202)
    }
  })
})

harmless('an odd API key', (test) => {
  test('an empty key counts as missing: 403', async ({ door }) => {
    expectError(await door.request('GET', `${API}/webhook-secret`, { key: '' }), 403, 'MISSING_API_KEY')
  })

  for (const key of [
    'TEST-KEY-ALICE',
    'test-key-alice,test-key-alice',
    'Bearer test-key-alice',
    '\u00ff\u00fe',
    'x'.repeat(8000),
  ]) {
    test(`the key ${key.slice(0, 40)} (${key.length} characters) is 401`, async ({ door }) => {
      expectError(await door.request('GET', `${API}/webhook-secret`, { key }), 401, 'INVALID_API_KEY')
    })
  }

  test('a key elsewhere than in X-API-Key is no key: 403', async ({ door }) => {
    const headers = { Authorization: 'Bearer test-key-alice', Cookie: 'X-API-Key=test-key-alice' }
    const answer = await door.request('GET', `${API}/webhook-secret?x-api-key=test-key-alice`, { as: null, headers })
    expectError(answer, 403, 'MISSING_API_KEY')
  })
})

harmless('a request with two things wrong', (test) => {
  test('is judged in the order 404, 405, 401/403, 422, 400, replay, 402', async ({ door }) => {
    const bad400 = { ...EDIT, ...ASYNC, quality: 'low' }
    const ask = (options: object) => door.request('POST', `${API}/edit`, options)
    expectError(await door.request('POST', `${API}/nope`, { key: 'no-such-key', rawBody: '{' }), 404, 'NOT_FOUND')
    expectError(
      await door.request('PUT', `${API}/edit`, { key: 'no-such-key', rawBody: '{' }),
      405,
      'METHOD_NOT_ALLOWED',
    )
    expectError(await ask({ key: 'no-such-key', rawBody: '{' }), 401, 'INVALID_API_KEY')
    expectError(await ask({ as: null, rawBody: '{' }), 403, 'MISSING_API_KEY')
    expectInvalid(await ask({ as: 'broke', body: { ...bad400, prompt: 7 } }), 'body.prompt')
    expectError(await ask({ as: 'broke', body: bad400 }), 400, 'BAD_REQUEST')
    expect((await submit(door, { client_request_id: 'once' })).status).toBe(202)
    expectError(await ask({ body: { ...bad400, client_request_id: 'once' } }), 400, 'BAD_REQUEST')
    expectError(await ask({ as: 'broke', body: { ...EDIT, ...ASYNC } }), 402, 'INSUFFICIENT_BALANCE')
  })
})

const LONG = 'x'.repeat(256)
const NO_STRING = [null, 7, true, [], {}]
const NO_STRINGS = [null, 'abc123', {}, 7, [7], [null], [[]], ['a', {}]]
const STUDIO: Record<string, unknown[]> = {
  prompt: NO_STRING,
  num_output_images: [null, '2', 1.5, 0, 5, -1, true, [], {}, 1e30],
  output_format: [...NO_STRING, 'PNG', 'jpeg', 'webp', ''],
  response_mode: [...NO_STRING, 'url', 'URLS', ''],
  async: [null, 'true', 1, 0, {}, []],
  callback_url: [7, true, [], {}, '', 'nowhere', '//example.com/hook', 'javascript:alert(1)', 'file:///etc/passwd'],
  client_request_id: [7, true, [], {}, '', LONG],
}
const SIZED: Record<string, unknown[]> = {
  aspect_ratio: [...NO_STRING, '2:1', '1:1 ', ''],
  resolution: [...NO_STRING, '1k', '8K', '1024', ''],
  base_model: [...NO_STRING, 'gpt-image-1', 'NB2', ''],
  quality: [...NO_STRING, 'best', 'HIGH', ''],
}
const BAD_FIELDS: Record<(typeof OPERATIONS)[number], Record<string, unknown[]>> = {
  edit: {
    ...STUDIO,
    ...SIZED,
    images: [...NO_STRINGS, Array(11).fill(IMAGE)],
    profile_ids: NO_STRINGS,
  },
  generate: { ...STUDIO, ...SIZED },
  enhance: { ...STUDIO, image: NO_STRING, profile_ids: NO_STRINGS },
  remix: { ...STUDIO, input_image: NO_STRING, reference_image: NO_STRING, profile_ids: NO_STRINGS },
}

harmless('a field of the wrong form', (test) => {
  for (const operation of OPERATIONS) {
    for (const [field, values] of Object.entries(BAD_FIELDS[operation])) {
      test(`${operation} names ${field}, and nothing else, in its 422`, async ({ door }) => {
        const before = balance(door)
        for (const value of values)
          expectInvalid(await submit(door, { [field]: value }, 'alice', operation), `body.${field}`)
        expect(balance(door)).toEqual(before)
        expect([...door.world.jobs.live()]).toEqual([])
      })
    }
  }

  test('enhance and remix name each required field that is missing', async ({ door }) => {
    expectInvalid(await door.request('POST', `${API}/enhance`, { body: ASYNC }), 'body.image')
    expectInvalid(
      await door.request('POST', `${API}/remix`, { body: ASYNC }),
      'body.input_image',
      'body.reference_image',
    )
  })

  test('all that is wrong is named in one answer', async ({ door }) => {
    const wrong = { prompt: 7, num_output_images: 9, resolution: '8K', images: [7], client_request_id: '' }
    expectInvalid(await submit(door, wrong), ...Object.keys(wrong).map((field) => `body.${field}`))
  })

  test('a client_request_id of 1 and of 255 characters is taken, astral ones counted once', async ({ door }) => {
    for (const client_request_id of ['x', 'x'.repeat(255), '🖼'.repeat(255), '0', ' ', 'a\r\nX-Evil: 1', '\u0000'])
      expect((await submit(door, { client_request_id })).status).toBe(202)
    expectInvalid(await submit(door, { client_request_id: '🖼'.repeat(256) }), 'body.client_request_id')
  })

  test('client_request_id and callback_url may be null, which is as if left out', async ({ door }) => {
    const ids = new Set<string>()
    for (let i = 0; i < 2; i++)
      ids.add((await submit(door, { client_request_id: null, callback_url: null })).body.job_id)
    expect(ids.size).toBe(2)
  })

  test('num_output_images from 1 to 4 is taken, as 2.0 too', async ({ door }) => {
    for (const n of ['1', '4', '2.0', '2e0'])
      expect((await post(door, `{"async":true,"response_mode":"urls","num_output_images":${n}}`)).status).toBe(202)
    expectInvalid(
      await post(door, '{"async":true,"response_mode":"urls","num_output_images":1e999}'),
      'body.num_output_images',
    )
  })

  test('ten images are taken', async ({ door }) => {
    expect((await submit(door, { images: Array(10).fill(IMAGE) })).status).toBe(202)
  })

  test('a field that is not documented is ignored, on every operation', async ({ door }) => {
    for (const operation of OPERATIONS) {
      const more = { pro_mode: true, '': 1, 'a.b': {}, [LONG]: null, ASYNC: false }
      expect((await submit(door, more, 'alice', operation)).status).toBe(202)
    }
  })

  test('fields of other operations are ignored, whatever they hold', async ({ door }) => {
    const sized = { aspect_ratio: 7, resolution: '8K', base_model: 'nope', quality: 'low' }
    expect((await submit(door, sized, 'alice', 'enhance')).status).toBe(202)
    expect((await submit(door, sized, 'alice', 'remix')).status).toBe(202)
    expect((await generate(door, { profile_ids: 7, images: 'x', image: {} })).status).toBe(202)
  })

  test('a field given twice counts with its last value', async ({ door }) => {
    expect(
      (await post(door, '{"async":false,"response_mode":"bytes","async":true,"response_mode":"urls"}')).status,
    ).toBe(202)
  })

  test('odd characters in a prompt harm nothing, from submit to download', async ({ door }) => {
    for (const prompt of [
      '',
      '\u0000',
      '\ud800',
      '\u202e',
      '[[',
      '[[]]',
      ']][[',
      '[[abc123',
      '"><script>',
      'x'.repeat(32_000),
    ]) {
      const { status, body } = await finished(door, { prompt })
      expect([status, body.status]).toEqual([200, 'succeeded'])
      expect((await door.get(body.result.download_urls[0])).status).toBe(200)
    }
  })
})

const MODELS: Record<string, string[]> = {
  nb2: ['1K', '2K', '4K'],
  'gpt-image-2': ['1K', '2K', '4K'],
  'qwen-image-2': ['1K', '2K'],
  'flux-2': ['1K', '2K'],
  reve: ['1K'],
}

harmless('a request that contradicts itself', (test) => {
  for (const [base_model, makes] of Object.entries(MODELS)) {
    for (const resolution of ['1K', '2K', '4K']) {
      const possible = makes.includes(resolution)
      test(`${base_model} in ${resolution} is ${possible ? 'taken' : '400'}`, async ({ door }) => {
        const before = balance(door)
        for (const operation of ['edit', 'generate']) {
          const answer = await submit(door, { base_model, resolution }, 'alice', operation)
          if (possible) expect(answer.status).toBe(202)
          else expectError(answer, 400, 'BAD_REQUEST')
        }
        if (!possible) expect(balance(door)).toEqual(before)
      })
    }

    test(`quality with ${base_model} is ${base_model === 'gpt-image-2' ? 'taken' : '400, but for auto'}`, async ({
      door,
    }) => {
      for (const quality of ['auto', 'low', 'medium', 'high']) {
        for (const operation of ['edit', 'generate']) {
          const answer = await submit(door, { base_model, quality }, 'alice', operation)
          if (base_model === 'gpt-image-2' || quality === 'auto') expect(answer.status).toBe(202)
          else expectError(answer, 400, 'BAD_REQUEST')
        }
      }
    })
  }

  test('an edit without images is 400, in both modes', async ({ door }) => {
    for (const body of [{}, { images: [] }, { ...ASYNC }, { ...ASYNC, images: [] }])
      expectError(
        await door.request('POST', `${API}/edit`, { body: { prompt: 'brighter', ...body } }),
        400,
        'BAD_REQUEST',
      )
  })
})

harmless('an input that is no image', (test) => {
  const inputs: [what: string, input: string][] = [
    ['base64 of a text', Buffer.from('this is no image at all').toString('base64')],
    ['base64 of a GIF', Buffer.from('GIF89a\u0001\u0000\u0001\u0000').toString('base64')],
    ['a data: URL', `data:image/png;base64,${PNG}`],
    ['no base64', 'not//base64!!'],
    ['an empty text', ''],
    ['a host under .invalid', 'https://cdn.example.invalid/a.jpg'],
    ['no URL after https://', 'https://'],
  ]
  for (const [what, input] of inputs) {
    test(`${what} is taken on and fails with INPUT_UNREACHABLE, at no cost`, async ({ door }) => {
      const before = balance(door)
      for (const [operation, body] of [
        ['edit', { images: [IMAGE, input] }],
        ['enhance', { image: input }],
        ['remix', { input_image: IMAGE, reference_image: input }],
      ] as const) {
        const accepted = await submit(door, body, 'alice', operation)
        expect(accepted.status).toBe(202)
        await door.clock.settle()
        const { status, body: job } = await poll(door, accepted.body.job_id)
        expect(status).toBe(200)
        expect(job).toMatchObject({ status: 'failed', result: null, error: { code: 'INPUT_UNREACHABLE' } })
        expect(job.error.message).not.toMatch(STACK)
      }
      expect(balance(door)).toEqual(before)
    })
  }

  test('in a synchronous request it is 400, at no cost', async ({ door }) => {
    const before = balance(door)
    const answer = door.request('POST', `${API}/enhance`, { body: { image: 'aGVsbG8gd29ybGQ=' } })
    await whileOpen(door)
    await door.clock.settle()
    expectError(await answer, 400, 'BAD_REQUEST')
    expect(balance(door)).toEqual(before)
  })

  test('base64 of a PNG, JPEG, WebP or HEIC is an image, wrapped or url-safe too', async ({ door }) => {
    const heads = [
      '89504e470d0a1a0a0000000d',
      'ffd8ffe000104a4649460001',
      '524946462400000057454250',
      '000000186674797068656963',
    ]
    for (const hex of heads) {
      const base64 = Buffer.from(hex + 'fbff'.repeat(100), 'hex').toString('base64')
      for (const image of [
        base64,
        base64.replace(/.{76}/g, '$&\r\n'),
        base64.replaceAll('+', '-').replaceAll('/', '_'),
      ]) {
        const { body } = await submit(door, { image }, 'alice', 'enhance')
        await door.clock.settle()
        expect((await poll(door, body.job_id)).body.status).toBe('succeeded')
      }
    }
  })
})

harmless('each door', (test) => {
  test('answers JSON as exactly application/json, and names every exchange anew', async ({ door }) => {
    const answers = [
      await submit(door),
      await door.request('GET', `${API}/webhook-secret`),
      await door.request('GET', `${API}/nope`),
      await door.request('PUT', `${API}/edit`),
      await door.request('GET', `${API}/webhook-secret`, { as: null }),
      await post(door, '{'),
    ]
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual(answers.map(() => 'application/json'))
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(answers.length)
  })
})

const URLS = Array.from({ length: 51 }, (_, i) => `https://example.com/me/${i}.jpg`)

function add(door: Door, body: Record<string, unknown> = {}, as = 'alice'): Promise<Answer> {
  return door.request('POST', `${API}/profiles/add`, { as, body: { image_urls: URLS.slice(0, 10), ...body } })
}

function status(door: Door, id: string, as = 'alice'): Promise<Answer> {
  return door.request('GET', `${API}/profiles/${id}/status`, { as })
}

function picture(door: Door, id: string, as = 'alice'): Promise<Answer> {
  return door.request('GET', `${API}/profiles/${id}/profile_picture`, { as })
}

harmless('add-profile', (test) => {
  for (const [tier, counts] of [
    ['fast', { 0: 422, 4: 422, 5: 200, 10: 200, 11: 422 }],
    ['standard', { 0: 422, 9: 422, 10: 200, 50: 200, 51: 422 }],
    [undefined, { 9: 422, 10: 200, 50: 200, 51: 422 }],
  ] as const) {
    test(`${tier ?? 'without a tier, so standard, it'} answers image counts ${JSON.stringify(counts)}`, async ({
      door,
    }) => {
      for (const [count, expected] of Object.entries(counts)) {
        const answer = await add(door, { image_urls: URLS.slice(0, Number(count)), training_tier: tier })
        if (expected === 422) expectInvalid(answer, 'body.image_urls')
        else {
          expect(answer.status).toBe(200)
          expect(answer.body).toEqual({ profile_id: expect.stringMatching(/^[0-9a-f]{32}$/) })
        }
      }
    })
  }

  test('image_urls that are missing, no list, or no URLs are 422', async ({ door }) => {
    const before = balance(door)
    const nine = URLS.slice(0, 9)
    for (const image_urls of [undefined, null, 'https://example.com', {}, 7])
      expectInvalid(await add(door, { image_urls }), 'body.image_urls')
    for (const last of [null, 7, '', 'nowhere', '/me/1.jpg', PNG, {}])
      expectInvalid(await add(door, { image_urls: [...nine, last] }), 'body.image_urls')
    expect(balance(door)).toEqual(before)
  })

  test('an unknown tier is 422', async ({ door }) => {
    for (const training_tier of [null, 7, '', 'Fast', 'premium'])
      expectInvalid(await add(door, { training_tier }), 'body.training_tier')
  })

  test('a tag has 1 to 128 characters, or is null', async ({ door }) => {
    for (const tag of ['', 'x'.repeat(129), 7, true, [], {}]) expectInvalid(await add(door, { tag }), 'body.tag')
    for (const tag of ['x', 'x'.repeat(128), '日'.repeat(128), 'a\r\nX-Evil: 1', null]) {
      const { status: code, body } = await add(door, { tag })
      expect(code).toBe(200)
      const list = await door.request('GET', `${API}/profiles/ids`)
      expect(list.body.profiles.at(-1)).toEqual({ profile_id: body.profile_id, status: 'VALIDATING', tag })
    }
  })

  test('a field that is not documented is ignored', async ({ door }) => {
    expect((await add(door, { pro_mode: true, prompt: 7 })).status).toBe(200)
  })

  test('an account that cannot pay gets 402, and no profile', async ({ door }) => {
    for (const training_tier of ['standard', 'fast'])
      expectError(await add(door, { training_tier }, 'broke'), 402, 'INSUFFICIENT_BALANCE')
    expect((await door.request('GET', `${API}/profiles/ids`, { as: 'broke' })).body).toEqual({ profiles: [] })
    expect(balance(door, 'broke')).toEqual({ deposited: 0, available: 0, reserved: 0, spent: 0 })
  })
})

harmless('a training', (test) => {
  for (const [training_tier, minutes, price] of [
    ['standard', 8, usd('2.90')],
    ['fast', 3, usd('1.49')],
  ] as const) {
    test(`${training_tier} goes VALIDATING, QUEUING, IN_PROGRESS, READY in ${minutes} minutes, each at its instant, and is paid for at READY`, async ({
      door,
    }) => {
      const before = balance(door)
      const { body } = await add(door, { training_tier })
      const id = body.profile_id
      const reserved = { ...before, available: before.available - price, reserved: price }
      expect(balance(door)).toEqual(reserved)
      let elapsedMs = 0
      for (const [name, untilMs] of [
        ['VALIDATING', 20_000],
        ['QUEUING', 40_000],
        ['IN_PROGRESS', minutes * 60_000],
      ] as const) {
        for (const atMs of [elapsedMs, untilMs - 1]) {
          await door.clock.advance(atMs - (door.clock.nowMs() - door.world.options.startMs))
          expect((await status(door, id)).body).toEqual({ profile_id: id, status: name, message: '' })
          expectError(await picture(door, id), 404, 'NOT_FOUND')
        }
        elapsedMs = untilMs
      }
      expect(balance(door)).toEqual(reserved)
      await door.clock.advance(1)
      expect((await status(door, id)).body).toEqual({ profile_id: id, status: 'READY', message: '' })
      expect(balance(door)).toEqual({ ...before, available: before.available - price, spent: before.spent + price })
      await door.clock.advance('30d')
      expect((await status(door, id)).body.status).toBe('READY')
    })
  }

  test('of a READY profile the picture is a JPEG', async ({ door }) => {
    const { body } = await add(door)
    await door.clock.settle()
    for (const id of [body.profile_id, 'abc123']) {
      const response = await fetch(`${originOf(door)}${API}/profiles/${id}/profile_picture`, {
        headers: { 'X-API-Key': 'test-key-alice' },
      })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
      expect(
        Buffer.from(await response.arrayBuffer())
          .subarray(0, 3)
          .toString('hex'),
      ).toBe('ffd8ff')
    }
  })

  test('with an image under .invalid ends in ERROR with a message, and its price is released', async ({ door }) => {
    const before = balance(door)
    const { body } = await add(door, { image_urls: [...URLS.slice(0, 9), 'https://photos.example.invalid/1.jpg'] })
    expect(balance(door).reserved).toBe(usd('2.90'))
    await door.clock.advance('20s')
    expect((await status(door, body.profile_id)).body).toEqual({
      profile_id: body.profile_id,
      status: 'ERROR',
      message: expect.stringContaining('photos.example.invalid'),
    })
    expect(balance(door)).toEqual(before)
    expectError(await picture(door, body.profile_id), 404, 'NOT_FOUND')
    await door.clock.advance('1h')
    expect((await status(door, body.profile_id)).body.status).toBe('ERROR')
  })

  test('a profile is a subject once it is READY, and not before', async ({ door }) => {
    const { profile_id } = (await add(door)).body
    const early = await submit(door, { profile_ids: [profile_id] })
    await door.clock.settle()
    expect((await poll(door, early.body.job_id)).body.result.known_subjects.counts).toEqual({})
    const late = await finished(door, { profile_ids: [profile_id], num_output_images: 3 })
    expect(late.body.result.known_subjects.counts).toEqual({ [profile_id]: 3 })
  })
})

harmless('profiles', (test) => {
  test('another account’s profile is 404, answered as one that never was, and not listed', async ({ door }) => {
    for (const [method, suffix] of [
      ['GET', '/status'],
      ['GET', '/profile_picture'],
      ['DELETE', ''],
    ] as const) {
      const ask = (id: string) => door.request(method, `${API}/profiles/${id}${suffix}`, { as: 'bob' })
      const foreign = await ask('abc123')
      const unknown = await ask(NEVER_ISSUED)
      expectError(foreign, 404, 'NOT_FOUND')
      expectError(unknown, 404, 'NOT_FOUND')
      expect(foreign.body.detail).toBe(unknown.body.detail)
    }
    expect((await door.request('GET', `${API}/profiles/ids`, { as: 'bob' })).body).toEqual({ profiles: [] })
    expect((await status(door, 'abc123')).body.status).toBe('READY')
  })

  test('are listed oldest first, or only those with the tag', async ({ door }) => {
    const ids = []
    for (const tag of ['team', null, 'team']) ids.push((await add(door, { tag })).body.profile_id)
    const list = async (query: string) =>
      (await door.request('GET', `${API}/profiles/ids${query}`)).body.profiles.map(
        ({ profile_id }: { profile_id: string }) => profile_id,
      )
    expect(await list('')).toEqual(['abc123', ...ids])
    expect(await list('?tag=team')).toEqual([ids[0], ids[2]])
    expect(await list('?tag=team&other=1')).toEqual([ids[0], ids[2]])
    expect(await list('?tag=nobody')).toEqual([])
    expect(await list('?tag=%zz')).toEqual([])
    expect(await list('?tag=__proto__')).toEqual([])
    expect(await list('?TAG=team')).toEqual(['abc123', ...ids])
  })

  test('a tag to list by has 1 to 128 characters, else 422', async ({ door }) => {
    for (const tag of ['', 'x'.repeat(129)])
      expectInvalid(await door.request('GET', `${API}/profiles/ids?tag=${tag}`), 'query.tag')
    expect((await door.request('GET', `${API}/profiles/ids?tag=${'x'.repeat(128)}`)).status).toBe(200)
  })

  test('a deleted profile is 404 from then on, and no longer listed', async ({ door }) => {
    const answer = await door.request('DELETE', `${API}/profiles/abc123`)
    expect([answer.status, answer.body]).toEqual([200, { profile_id: 'abc123', status: 'ok' }])
    expectError(await status(door, 'abc123'), 404, 'NOT_FOUND')
    expectError(await picture(door, 'abc123'), 404, 'NOT_FOUND')
    expectError(await door.request('DELETE', `${API}/profiles/abc123`), 404, 'NOT_FOUND')
    expect((await door.request('GET', `${API}/profiles/ids`)).body).toEqual({ profiles: [] })
    expect((await finished(door, { profile_ids: ['abc123'] })).body.result.known_subjects.counts).toEqual({})
  })

  test('deleting one in training gives the training up and releases its price', async ({ door }) => {
    const before = balance(door)
    const { profile_id } = (await add(door)).body
    await door.clock.advance('1m')
    expect((await door.request('DELETE', `${API}/profiles/${profile_id}`)).status).toBe(200)
    expect(balance(door)).toEqual(before)
    await door.clock.advance('1h')
    expectError(await status(door, profile_id), 404, 'NOT_FOUND')
    expect(balance(door)).toEqual(before)
  })
})
