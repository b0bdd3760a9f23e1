import type { Chance } from './chance.ts'
import type { Asked, SentBody } from './exchange.ts'

/** What earlier answers told, for later requests to speak of. */
export interface Known {
  /** Ids with the key of their owner. */
  readonly jobs: { readonly id: string; readonly key: string }[]
  readonly profiles: { readonly id: string; readonly key: string }[]
  readonly images: string[]
  readonly receiverPort: number
}

const API = '/v1/phota'
const IMAGE = 'https://example.com/photo.jpg'
const OPERATIONS = ['edit', 'generate', 'enhance', 'remix'] as const
type ImageOperation = (typeof OPERATIONS)[number]

const MINIMAL: Readonly<Record<ImageOperation, Record<string, unknown>>> = {
  edit: { prompt: 'Make it brighter', images: [IMAGE] },
  generate: { prompt: 'a lighthouse' },
  enhance: { image: IMAGE },
  remix: { input_image: IMAGE, reference_image: IMAGE },
}
const ASYNC = { async: true, response_mode: 'urls' }

/** Fixture, derived and given keys; none, an unknown and an odd one. */
export const KEYS = { alice: 'main.alice', bob: 'main.bob', carol: 'key-carol', broke: 'key-broke' } as const
const OWNERS: readonly (readonly [number, string | null])[] = [
  [70, KEYS.alice],
  [14, KEYS.bob],
  [8, KEYS.carol],
  [4, KEYS.broke],
  [1.5, null],
  [1.5, 'key-of-nobody'],
  [0.5, ''],
]

const PROMPTS = [
  'a lighthouse',
  'Make [[abc123]] smile wider',
  '[[abc123]] and [[nobody]] at sea',
  'doomed',
  'moderate me',
  'slow as a snail',
  'stuck',
  'stuck forever',
  'twice told',
  'forged',
  'never told',
  'told late',
  'cheap',
  'known to all',
  'busy',
  'lost on the way',
  'halved',
  '',
  'Ein Leuchtturm 🗼, ganz "groß" \\ <b>&amp;\n\t\u2028\u0000',
  'x'.repeat(5000),
]
const CHANGES: readonly Record<string, unknown>[] = [
  { base_model: 'gpt-image-2', quality: 'high' },
  { base_model: 'gpt-image-2', quality: 'low', resolution: '4K' },
  { base_model: 'qwen-image-2', resolution: '2K', aspect_ratio: '16:9' },
  { base_model: 'flux-2', aspect_ratio: '9:16' },
  { base_model: 'reve', aspect_ratio: '3:4' },
  { base_model: 'nb2', resolution: '4K', aspect_ratio: '4:3', output_format: 'png' },
  { resolution: '2K', output_format: 'jpg', profile_ids: ['abc123'] },
  { profile_ids: ['abc123', 'nobody'], num_output_images: 4 },
  { pro_mode: true, seed: 7, constructor: 'x' },
]
/** Wrong in the form (422), or in the sense (400). */
const SPOILED: readonly Record<string, unknown>[] = [
  { prompt: 7 },
  { prompt: null },
  { num_output_images: 0 },
  { num_output_images: 9 },
  { num_output_images: 1.5 },
  { num_output_images: '2' },
  { aspect_ratio: '2:1' },
  { resolution: '8K' },
  { base_model: 'nb3', quality: 'superb' },
  { output_format: 'gif' },
  { response_mode: 'bytes' },
  { response_mode: undefined },
  { async: 'yes' },
  { async: false, callback_url: 'https://hooks.example.com/phota' },
  { callback_url: 'http://example.com/cb' },
  { callback_url: 'ftp://example.com/cb' },
  { callback_url: 'hooks' },
  { callback_url: `https://example.com/${'a'.repeat(2100)}` },
  { callback_url: 5 },
  { client_request_id: '' },
  { client_request_id: 'x'.repeat(256) },
  { client_request_id: 12 },
  { profile_ids: 'abc123' },
  { profile_ids: [1, null, { a: 1 }] },
  { images: [] },
  { images: Array.from({ length: 11 }, () => IMAGE) },
  { images: [5], image: null, input_image: 5, reference_image: [] },
  { images: undefined, image: undefined, input_image: undefined },
  { quality: 'high' },
  { base_model: 'reve', resolution: '4K' },
  { base_model: 'flux-2', resolution: '4K' },
  { prompt: 1, num_output_images: -1, aspect_ratio: 1, resolution: 1, base_model: 1, output_format: 1, async: 1 },
]
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const INPUTS = [
  IMAGE,
  IMAGE,
  PIXEL,
  `data:image/png;base64,${PIXEL}`,
  'bm8gaW1hZ2U=',
  'https://host.invalid/a.jpg',
  'no!',
]
const RAW: readonly { body?: SentBody; headers?: Record<string, string> }[] = [
  { body: '{"prompt": ' },
  { body: '' },
  {},
  { body: 'null' },
  { body: '[]' },
  { body: '"text"' },
  { body: '{"a":1}{' },
  { body: '\ufeff{"prompt":"x"}' },
  { body: Buffer.from([0x7b, 0xff, 0x7d]) },
  { body: '['.repeat(70) + ']'.repeat(70) },
  { body: '{"prompt":"x","__proto__":{"async":true}}' },
  { body: '{"prompt":"\\ud800","async":true,"response_mode":"urls"}' },
  { body: '{"prompt":"x","num_output_images":1e999}' },
  { body: '{"prompt":"x"}', headers: { 'content-type': 'text/plain' } },
  { body: '{"prompt":"x"}', headers: { 'content-type': 'application/json; charset=latin1' } },
  { body: '{"prompt":7}', headers: { 'content-type': 'application/vnd.phota+json' } },
  { body: '{"prompt":"x"}', headers: { 'content-encoding': 'gzip' } },
  { body: '{"prompt":"x"}', headers: { 'content-encoding': 'identity, zstd' } },
]
/** Callbacks: the path's first segment says what the receiver answers. */
const RECEIVERS = ['ok', 'ok', 'accepted', 'empty', 'flaky', 'flaky', 'broken', 'gone', 'moved', 'ok?a=1&b=%20']
const HEADERS = [
  'fail=GENERATION_FAILED',
  'fail=TIMEOUT; message=too long',
  'fail=INTERNAL; running=0s; pending=0s',
  'pending=1m; running=11m',
  'running=0s; pending=0s',
  'stuck=until-limit',
  'settle_micro_usd=5',
  'fault=503; when=before; retry_after=3',
  'fault=429; when=after',
  'fault=500',
  'fault=404; when=before',
  'fault=drop; when=before',
  'fault=drop',
  'fault=truncate',
  'fault=trickle; latency=10ms',
  'latency=5ms',
  'callback=duplicate',
  'callback=never',
  'callback=wrong-signature; callback_delay=10m',
  'callback_delay=30s',
  'profile_status=ERROR',
  'profile_status=INACTIVE',
  'fail=NO_SUCH_CODE',
  'fault=999',
  'fault=503; fail=TIMEOUT',
  'nonsense',
  'unknown=1',
  '=',
  'pending=soon',
  `fail=${'A'.repeat(5000)}`,
]

export function asyncSubmit(chance: Chance, known: Known): Asked {
  const operation = chance.pick(OPERATIONS)
  const key = chance.weighted(OWNERS)
  const prompt = chance.pick(PROMPTS)
  const change = chance.is(0.4) ? chance.pick(CHANGES) : {}
  const spoiled = chance.is(0.2) ? chance.pick(SPOILED) : {}
  const input = chance.pick(INPUTS)
  const callback = chance.is(0.5) ? { callback_url: callbackUrl(chance, known, prompt) } : {}
  const id = chance.is(0.2) ? { client_request_id: `order-${chance.below(30)}` } : {}
  const outputs = chance.is(0.3) ? { num_output_images: 1 + chance.below(4) } : {}
  const hasHeader = chance.is(0.15)
  const header = chance.pick(HEADERS)
  const body = {
    ...MINIMAL[operation],
    ...(operation === 'edit' && { images: [input] }),
    ...(operation === 'enhance' && { image: input }),
    ...(operation !== 'enhance' && { prompt }),
    ...outputs,
    ...ASYNC,
    ...callback,
    ...id,
    ...change,
    ...spoiled,
  }
  return post(`${API}/${operation}`, key, JSON.stringify(body), hasHeader ? { 'x-mock-scenario': header } : {})
}

/** A scenario that makes two deliveries of one job has a receiver that answers both alike. */
function callbackUrl(chance: Chance, { receiverPort }: Known, prompt: string): string {
  const at = `127.0.0.1:${receiverPort}`
  const kind = chance.pick(RECEIVERS)
  const where = chance.fraction()
  if (where < 0.05) return 'https://hooks.example.com/phota'
  if (where < 0.08) return 'http://127.0.0.1:1/nobody'
  if (where < 0.12) return `http://me:p%40ss@${at}/ok`
  return `http://${at}/${prompt === 'twice told' ? 'ok' : kind}`
}

export function rawSubmit(chance: Chance): Asked {
  const { body, headers } = chance.pick(RAW)
  const operation = chance.pick(['/edit', '/generate', '/enhance', '/remix', '/profiles/add'])
  const asked = post(API + operation, KEYS.alice, body, headers)
  return body === undefined ? { ...asked, headers: { 'x-api-key': KEYS.alice } } : asked
}

export function syncSubmit(chance: Chance): Asked {
  const operation = chance.pick(OPERATIONS)
  const key = chance.pick([KEYS.alice, KEYS.alice, KEYS.bob, KEYS.broke])
  const prompt = chance.pick(PROMPTS)
  const isBytes = chance.is(0.2)
  const hasHeader = chance.is(0.4)
  const header = chance.pick([
    'running=11m',
    'fail=CONTENT_MODERATION',
    'fail=GENERATION_FAILED',
    'fault=502',
    'running=0s',
  ])
  // The smallest that there is, because it is drawn.
  const size = isBytes ? { response_mode: 'bytes' } : { response_mode: 'urls', num_output_images: 1 + chance.below(3) }
  const body = { ...MINIMAL[isBytes ? 'generate' : operation], prompt, ...size }
  return post(
    `${API}/${isBytes ? 'generate' : operation}`,
    key,
    JSON.stringify(body),
    hasHeader ? { 'x-mock-scenario': header } : {},
  )
}

export function addProfile(chance: Chance): Asked {
  const isFast = chance.is(0.5)
  const count = chance.weighted([
    [6, 10],
    [1, 7],
    [1, 4],
    [1, 51],
    [1, 0],
  ])
  const tag = chance.pick([{}, {}, { tag: 'family' }, { tag: null }, { tag: 'x'.repeat(129) }, { tag: '' }])
  const odd = chance.is(0.1) ? chance.pick([{ image_urls: 'x' }, { image_urls: ['x'] }, { training_tier: 'slow' }]) : {}
  const header = chance.pick([
    'profile_status=ERROR',
    'profile_status=INACTIVE',
    'fault=503; when=before',
    'fault=drop',
  ])
  const body = {
    image_urls: Array.from({ length: count }, (_, i) => `https://example.com/${i}.jpg`),
    ...(isFast && { training_tier: 'fast' }),
    ...tag,
    ...odd,
  }
  const key = chance.weighted(OWNERS)
  return post(`${API}/profiles/add`, key, JSON.stringify(body), chance.is(0.3) ? { 'x-mock-scenario': header } : {})
}

export function poll(chance: Chance, { jobs }: Known): Asked {
  const { id, key } = some(chance, jobs, newest)
  return get(`${API}/jobs/${oddId(chance, id)}`, otherOwner(chance, key), chance.is(0.03) ? 'latency=3ms' : null)
}

export function readProfile(chance: Chance, { profiles }: Known): Asked {
  const { id, key } = some(chance, profiles, anyOf)
  const kind = chance.weighted([
    [4, 'status'],
    [2, 'ids'],
    [1, 'delete'],
    [0.6, 'profile_picture'],
  ])
  const owner = otherOwner(chance, key)
  const path = `${API}/profiles/${oddId(chance, id)}`
  const query = chance.pick([
    '',
    '?tag=family',
    '?tag=',
    '?tag=none&x=1',
    '?tag=a&tag=family',
    `?tag=${'x'.repeat(200)}`,
  ])
  if (kind === 'ids') return get(`${API}/profiles/ids${query}`, owner)
  return kind === 'delete' ? { ...get(path, owner), method: 'DELETE' } : get(`${path}/${kind}`, owner)
}

export function readSecret(chance: Chance): Asked {
  return get(`${API}/webhook-secret`, chance.weighted(OWNERS), chance.is(0.1) ? 'fault=503; retry_after=1' : null)
}

const ODD: readonly (readonly [method: string, path: string])[] = [
  ['GET', `${API}/nowhere`],
  ['GET', API],
  ['GET', `${API}/`],
  ['POST', `${API}/edit/`],
  ['GET', `${API}/edit`],
  ['DELETE', `${API}/generate`],
  ['PUT', `${API}/jobs/${'0'.repeat(32)}`],
  ['PATCH', `${API}/profiles/abc123`],
  ['GET', `${API}/profiles/abc123`],
  ['POST', `${API}/webhook-secret`],
  ['HEAD', `${API}/webhook-secret`],
  ['OPTIONS', `${API}/remix`],
  ['GET', `${API}/jobs/%zz`],
  ['GET', `${API}/jobs/__proto__`],
  ['GET', `${API}/%2e%2e/edit`],
  ['POST', '/v1/phota//edit'],
  ['GET', '/v1/other'],
  ['PROPFIND', `${API}/enhance`],
  ['GET', `${API}/${'a/'.repeat(300)}`],
]

export function oddRequest(chance: Chance): Asked {
  const [method, path] = chance.pick(ODD)
  return { ...get(path, chance.weighted(OWNERS)), method }
}

/** Of an image that there is, one that was never there, or with a URL that was bent. */
export function download(chance: Chance, { images }: Known, mayDraw: boolean): Asked {
  const at = chance.fraction()
  const url =
    images.at(-1 - Math.floor(at * Math.min(40, images.length))) ??
    'https://cache-cdn.photalabs.com/main/20260622/none.jpg?token=x'
  const bend = chance.pick<(url: string) => string>([
    (given) => given.replace(/token=./, 'token=_'),
    (given) => given.replace(/expires=\d+/, 'expires=1'),
    (given) => given.replace(/\?.*/, ''),
    (given) => given.replace(/\/main\//, '/nowhere/'),
    (given) => given.replace(/\.(jpg|png)/, '.gif'),
  ])
  const headers = chance.pick<Record<string, string>>([
    {},
    {},
    { range: 'bytes=0-99' },
    { range: 'bytes=-5' },
    { range: 'bytes=99999999-' },
    { range: 'bytes=0-1,5-6' },
    { range: 'bytes=0-9', 'if-range': '"another"' },
  ])
  const method = chance.pick(['GET', 'GET', 'GET', 'HEAD', 'POST'])
  const isBent = chance.is(0.3)
  return { method, path: isBent || !mayDraw ? bend(url) : url, headers }
}

/** One byte more than a body may have. */
export const TOO_LARGE: Asked = {
  method: 'POST',
  path: `${API}/edit`,
  headers: { 'x-api-key': KEYS.alice, 'content-type': 'application/json' },
  body: { letters: 64 * 1024 * 1024 + 1 },
}

export function get(path: string, key: string | null, scenario: string | null = null): Asked {
  const headers = {
    ...(key !== null && { 'x-api-key': key }),
    ...(scenario !== null && { 'x-mock-scenario': scenario }),
  }
  return { method: 'GET', path, headers }
}

function post(path: string, key: string | null, body: SentBody | undefined, more: Record<string, string> = {}): Asked {
  const headers = { ...(key !== null && { 'x-api-key': key }), 'content-type': 'application/json', ...more }
  return { method: 'POST', path, headers, ...(body !== undefined && { body }) }
}

type Owned = { readonly id: string; readonly key: string }

function some(
  chance: Chance,
  list: readonly Owned[],
  choose: (chance: Chance, list: readonly Owned[]) => Owned | undefined,
): Owned {
  return choose(chance, list) ?? { id: 'f'.repeat(32), key: KEYS.alice }
}

/** Mostly of the last ones, which are still under way. */
function newest(chance: Chance, list: readonly Owned[]): Owned | undefined {
  const back = chance.is(0.6) ? 8 : list.length
  return list.at(-1 - Math.floor(chance.fraction() * Math.min(back, list.length)))
}

function anyOf(chance: Chance, list: readonly Owned[]): Owned | undefined {
  return list[Math.floor(chance.fraction() * list.length)]
}

function otherOwner(chance: Chance, key: string): string | null {
  return chance.is(0.12) ? chance.weighted(OWNERS) : key
}

function oddId(chance: Chance, id: string): string {
  return chance.is(0.06) ? chance.pick(['f'.repeat(32), 'abc123', id.toUpperCase(), `${id}0`, '__proto__', '%00']) : id
}
