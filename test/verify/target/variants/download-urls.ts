import type { Behaviour, UrlForm } from '../behaviour.ts'
import type { Variant } from '../variant.ts'
import { signAnew } from './callback-delivery.ts'

const open = 'downloads'

interface Signed {
  readonly token: string
  /** In seconds since 1970. */
  readonly expires: number
}

const signedOf = (plain: URL): Signed => ({
  token: plain.searchParams.get('token') ?? '',
  expires: Number(plain.searchParams.get('expires')),
})

function shown(plain: URL, parameters: Readonly<Record<string, string>>): URL {
  const url = new URL(plain.pathname, plain)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

function plainOf(url: URL, { token, expires }: Signed): URL {
  return shown(url, { token, expires: String(expires) })
}

/** The same path, with other parameters. */
const parameters = (
  encode: (signed: Signed) => Record<string, string>,
  decode: (get: (name: string) => string) => Signed,
): UrlForm => ({
  encode: (plain) => shown(plain, encode(signedOf(plain))),
  decode: (url) =>
    plainOf(
      url,
      decode((name) => url.searchParams.get(name) ?? ''),
    ),
})

const names = (token: string, expires: string, more: Record<string, string> = {}): UrlForm =>
  parameters(
    (signed) => ({ [expires]: String(signed.expires), ...more, [token]: signed.token }),
    (get) => ({ token: get(token), expires: Number(get(expires)) }),
  )

const DAY_S = 86_400
const compact = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
const expand = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) / 1000

const amazon = parameters(
  ({ token, expires }) => ({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `AKIAEXAMPLE/${compact(expires - DAY_S).slice(0, 8)}/us-east-1/s3/aws4_request`,
    'X-Amz-Date': compact(expires - DAY_S),
    'X-Amz-Expires': String(DAY_S),
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': token,
  }),
  (get) => ({ token: get('X-Amz-Signature'), expires: expand(get('X-Amz-Date')) + DAY_S }),
)

const azure = parameters(
  ({ token, expires }) => ({
    sv: '2024-11-04',
    se: new Date(expires * 1000).toISOString().replace('.000', ''),
    sr: 'b',
    sp: 'r',
    sig: Buffer.from(token, 'hex').toString('base64'),
  }),
  (get) => ({ token: Buffer.from(get('sig'), 'base64').toString('hex'), expires: Date.parse(get('se')) / 1000 }),
)

const sealed = ({ token, expires }: Signed): string => Buffer.from(`${expires}.${token}`).toString('base64url')

function unsealed(text: string): Signed {
  const [expires = '', token = ''] = Buffer.from(text, 'base64url').toString().split('.')
  return { token, expires: Number(expires) }
}

const opaque = parameters(
  (signed) => ({ t: sealed(signed) }),
  (get) => unsealed(get('t')),
)

const inPath: UrlForm = {
  encode: (plain) => {
    const { token, expires } = signedOf(plain)
    return new URL(`/s/${token}/${expires}${plain.pathname}`, plain)
  },
  decode: (url) => {
    const [, token, expires, path] = /^\/s\/([0-9a-f]+)\/(\d+)(\/.*)$/.exec(url.pathname) ?? []
    return path === undefined ? null : plainOf(new URL(path, url), { token: token ?? '', expires: Number(expires) })
  },
}

/** One word that holds path, token and expiry. */
const whole: UrlForm = {
  encode: (plain) => new URL(`/o/${Buffer.from(plain.pathname + plain.search).toString('base64url')}`, plain),
  decode: (url) => {
    const [, word = ''] = /^\/o\/([\w-]+)$/.exec(url.pathname) ?? []
    const path = Buffer.from(word, 'base64url').toString()
    return path.startsWith('/downloads/') ? new URL(path, url) : null
  },
}

/** A parameter that no signature covers: what it says may be anything. */
const unsigned: UrlForm = {
  encode: (plain) => {
    const url = new URL(plain)
    url.searchParams.set('download', url.searchParams.get('download') ?? '1')
    return url
  },
  decode: (url) => url,
}

const form = (id: string, description: string, url: UrlForm, pattern: RegExp): Variant => ({
  id,
  open,
  description: `download URLs ${description}`,
  build: (): Behaviour => ({ url }),
  shows: async (probe) => {
    const { status, url: seen } = await probe.download()
    const forged = [
      seen.href.replace(/(?<=[0-9a-zA-Z+/]{20})[0-9a-z](?=[0-9a-z]{2})/, (char) => (char === 'a' ? 'b' : 'a')),
    ]
    const refused = await Promise.all(forged.map(async (one) => (await probe.send(one, { key: null })).status >= 400))
    return status === 200 && pattern.test(seen.href) && refused.every(Boolean)
  },
})

/** Where download URLs lead, and how they are signed. */
export const downloadUrls: readonly Variant[] = [
  form('url-sig-exp', 'are signed by `sig` and `exp`', names('sig', 'exp'), /\?exp=\d+&sig=/),
  form(
    'url-signature-first',
    'name the token `Signature`, with a key id',
    names('Signature', 'Expires', { 'Key-Pair-Id': 'K2EXAMPLE' }),
    /Key-Pair-Id=/,
  ),
  form('url-amazon', 'are signed as by Amazon S3', amazon, /X-Amz-Expires=86400/),
  form('url-azure', 'are signed as by Azure Storage', azure, /se=20\d\d-\d\d-\d\dT/),
  form('url-opaque', 'have one opaque parameter', opaque, /\?t=[\w-]+$/),
  form('url-token-in-path', 'have token and expiry in the path', inPath, /\/s\/[0-9a-f]{72}\/\d+\/downloads\/[^?]+$/),
  form('url-one-word', 'are one word, without query and file name', whole, /\/o\/[\w-]+$/),
  form('url-unsigned-parameter', 'have a further parameter that is not signed', unsigned, /&download=1$/),
  form(
    'url-long',
    'have a policy of 1,500 characters',
    names('token', 'expires', { policy: 'cG9saWN5'.repeat(190) }),
    /policy=\w{1500}/,
  ),
  {
    id: 'url-signed-anew',
    open,
    description: 'each poll signs the download URLs anew',
    build: () => ({ job: signAnew }),
    shows: async (probe) => {
      const path = await probe.settled()
      const polls = [await probe.poll(path), await probe.poll(path)]
      return new Set(polls.map(({ body }) => body.result.download_urls[0])).size === 2
    },
  },
  {
    id: 'url-other-port',
    open,
    description: 'downloads are served at a port of their own',
    options: { hasStorage: true },
    shows: async (probe) => {
      const { status, url } = await probe.download()
      return status === 200 && url.port !== new URL(probe.url).port
    },
  },
  {
    id: 'url-other-host',
    open,
    description: 'downloads are served at another host and port',
    options: { hasStorage: true },
    build: () => ({
      url: {
        encode: (plain) => new URL(plain.href.replace('127.0.0.1', 'localhost')),
        decode: (url) => url,
      },
    }),
    shows: async (probe) => {
      const { status, url } = await probe.download()
      return status === 200 && url.hostname === 'localhost'
    },
  },
]
