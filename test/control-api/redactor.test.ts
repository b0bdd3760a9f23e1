import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/control-api/redactor.ts'
import { Worlds } from '../../src/engine/worlds.ts'
import { phota } from '../../src/phota/api.ts'
import { World } from '../../src/phota/world.ts'

const SECRET = 'a1b2c3d4'.repeat(8)

function redactorOf(...keys: string[]): Redactor {
  const worlds = new Worlds()
  for (const [n, key] of keys.entries()) {
    const world = new World({ id: `w${n}`, seed: 'x' })
    world.createAccount({ id: 'ann', keys: [key] })
    worlds.add(world)
  }
  return new Redactor(worlds, phota)
}

const HIDDEN_FIELDS = {
  webhook_signing_secret: '<redacted>',
  API_KEY: '<redacted>',
  'x-api-key': '<redacted>',
  keys: '<redacted>',
}

describe('a path', () => {
  for (const [given, want] of [
    ['/v1/phota/jobs/ann-key', '/v1/phota/jobs/<key of ann>'],
    ['/v1/phota/jobs/%61nn-%6Bey', '/v1/phota/jobs/<key of ann>'],
    ['/v1/phota/jobs/other"key', '/v1/phota/jobs/<key of ann>'],
    ['/v1/phota/jobs/%zz', '/v1/phota/jobs/%zz'],
    ['/default/20260622/x.jpg?token=abc&expires=9', '/default/20260622/x.jpg?token=<redacted>&expires=9'],
    ['/x?TOKEN=abc&x-api-key=k&X%2DAPI%2DKey=k', '/x?TOKEN=<redacted>&x-api-key=<redacted>&X%2DAPI%2DKey=<redacted>'],
    ['/x?secret&ann-key=1&tag=ann-key&tag=summer', '/x?<redacted>&<key of ann>=<redacted>&tag=<key of ann>&tag=summer'],
  ] as const) {
    test(`${given} shows as ${want}`, () => {
      expect(redactorOf('ann-key', 'other"key').path(given)).toBe(want)
    })
  }
})

describe('a body', () => {
  for (const [given, want] of [
    ['{"prompt": "ann-key"}', { prompt: '<key of ann>' }],
    ['{"prompt": "other\\"key", "\\u0061nn-key": 1}', { prompt: '<key of ann>', '<key of ann>': '<redacted>' }],
    ['{"webhook_signing_secret": "old", "API_KEY": 12345678, "x-api-key": ["k"], "keys": {"a": "b"}}', HIDDEN_FIELDS],
    ['{"accessToken": null, "Password": ""}', { accessToken: null, Password: '<redacted>' }],
    [
      '{"callback_url": "https://me:pw@app.test/hook?expires=1&s3cr3t"}',
      { callback_url: 'https://<redacted>@app.test/hook?expires=<redacted>&<redacted>' },
    ],
    ['{"callback_url": "https:\\\\\\\\me:p@w@app.test"}', { callback_url: 'https://<redacted>@app.test/' }],
    ['{"callback_url": "me:pw@app.test"}', { callback_url: '<redacted>' }],
    [
      '{"images": ["https://me:pw@a.test/x?sig=1", "http://cdn/x.jpg?token=1&expires=2"]}',
      { images: ['https://<redacted>@a.test/x?sig=<redacted>', 'http://cdn/x.jpg?token=<redacted>&expires=2'] },
    ],
    [
      '{"detail": "The API key is unknown. Keys of the default world: k, long-key-1."}',
      { detail: 'The API key is unknown.' },
    ],
    [`{"detail": "no 'ann-key', no long-key-1."}`, { detail: "no '<key of ann>', no <key of ann>." }],
    [`{"prompt": "signed by ${SECRET}"}`, { prompt: 'signed by <redacted>' }],
  ] as const) {
    test(`${given} shows no secret`, () => {
      expect(JSON.parse(redactorOf('ann-key', 'other"key', 'long-key-1').body(given))).toEqual(want)
    })
  }

  test('that is no JSON, or too deep, is left out', () => {
    const redactor = redactorOf('ann-key')
    expect(redactor.body('api_key=ann-key')).toBe('<no JSON>')
    expect(redactor.body(`${'['.repeat(30_000)}"ann-key"${']'.repeat(30_000)}`)).not.toContain('ann-key')
  })

  test('is not garbled by a key of one letter', () => {
    const redactor = redactorOf('a')
    expect(redactor.body('{"data":"a","what":"a banana"}')).toBe('{"data":"<key of ann>","what":"a banana"}')
    expect(redactor.path('/v1/phota/jobs/banana?a=1')).toBe('/v1/phota/jobs/banana?<key of ann>=<redacted>')
  })
})
