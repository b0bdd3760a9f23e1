import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Entropy } from '../engine/entropy.ts'
import { type Ms, toDayStamp } from '../engine/timestamp.ts'

const keys = new WeakMap<Entropy, string>()

/** The key that a World signs its download URLs with. */
export function urlKeyOf(entropy: Entropy): string {
  let key = keys.get(entropy)
  if (key === undefined) {
    key = entropy.secret('download-urls')
    keys.set(entropy, key)
  }
  return key
}

/**
 * Everything an output image is made of; all of it stands in its URL's file name, so that a download looks nothing up.
 */
export interface ImageName {
  operation: string
  jobId: string
  /** 1 to 4. */
  output: number
  width: number
  height: number
  format: 'png' | 'jpg'
}

const NAME = /^([a-z]+)-([0-9a-f]{32})-([1-4])-(\d{1,5})x(\d{1,5})\.(jpg|png)$/
const PATH = /^\/(\d{8})\/([^/]+)$/

/**
 * A download URL in the guide's form, `<base>/20260622/<name>.jpg?token=…&expires=…`.
 *
 * @param baseUrl where images are served, without a trailing slash
 * @param expiresMs when it stops working, a whole second of the World's clock
 */
export function signDownloadUrl(baseUrl: string, urlKey: string, name: ImageName, madeMs: Ms, expiresMs: Ms): string {
  const file = `${name.operation}-${name.jobId}-${name.output}-${name.width}x${name.height}.${name.format}`
  const path = `/${toDayStamp(madeMs)}/${file}`
  const expires = String(expiresMs / 1000)
  return `${baseUrl}${path}?token=${tokenFor(urlKey, path, expires)}&expires=${expires}`
}

export type DownloadVerdict =
  | { ok: true; image: ImageName }
  | { ok: false; reason: 'no-image' | 'bad-token' | 'expired' }

/**
 * Whether a download may proceed: result.signed, result.expiry. `path` is what follows the base URL, without the query.
 */
export function checkDownload(urlKey: string, path: string, query: URLSearchParams, nowMs: Ms): DownloadVerdict {
  const match = NAME.exec(PATH.exec(path)?.[2] ?? '')
  if (!match) return { ok: false, reason: 'no-image' }
  const expires = query.get('expires') ?? ''
  if (!equal(query.get('token') ?? '', tokenFor(urlKey, path, expires))) return { ok: false, reason: 'bad-token' }
  if (nowMs >= Number(expires) * 1000) return { ok: false, reason: 'expired' }
  const [, operation, jobId, output, width, height, format] = match as unknown as string[]
  return {
    ok: true,
    image: {
      operation: operation as string,
      jobId: jobId as string,
      output: Number(output),
      width: Number(width),
      height: Number(height),
      format: format as 'png' | 'jpg',
    },
  }
}

function tokenFor(urlKey: string, path: string, expires: string): string {
  return createHmac('sha256', urlKey).update(`${path}\n${expires}`).digest('hex').slice(0, 40)
}

function equal(a: string, b: string): boolean {
  const left = new TextEncoder().encode(a)
  const right = new TextEncoder().encode(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
