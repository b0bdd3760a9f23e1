import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Flaw } from './flaw.ts'
import type { Format } from './image-request.ts'

/** The smallest of their kind: one grey pixel. */
export const JPEG: Buffer = Buffer.from(
  '/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi' +
    '9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAABAAEDASIAAhEBAxEB/8QAFQAB' +
    'AQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAA' +
    'D/2gAMAwEAAhEDEQA/AKAA/9k=',
  'base64',
)
export const PNG: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWPo6OgAAAM0AZmUse0HAAAAAElFTkSu' +
    'QmCC',
  'base64',
)

export const imageOf = (format: Format): Buffer => (format === 'png' ? PNG : JPEG)

interface File {
  readonly format: Format
  readonly now: () => number
}

interface Served {
  readonly status: number
  readonly type: string
  readonly body: Buffer | string
}

/** Signed URLs of output images. */
export class Downloads {
  origin = ''
  readonly #secret: Buffer = randomBytes(32)
  readonly #files = new Map<string, File>()
  readonly #flaw: Flaw

  constructor(flaw: Flaw) {
    this.#flaw = flaw
  }

  /** @param expires in seconds since 1970 */
  add(format: Format, now: () => number, expires: number): string {
    const day = new Date(now()).toISOString().slice(0, 10).replaceAll('-', '')
    const path = `/downloads/${day}/${randomBytes(16).toString('hex')}.${format}`
    this.#files.set(path, { format, now })
    return this.sign(path, expires)
  }

  sign(path: string, expires: number, salt: string = randomBytes(4).toString('hex')): string {
    return `${this.origin}${path}?token=${salt}${this.#token(path, expires, salt)}&expires=${expires}`
  }

  /** The same file under a name of its own. */
  rename(url: string): string {
    const { pathname, searchParams } = new URL(url)
    const file = this.#files.get(pathname)
    return file === undefined ? url : this.add(file.format, file.now, Number(searchParams.get('expires')))
  }

  /** The same file with a token of its own. */
  resign(url: string): string {
    const { pathname, searchParams } = new URL(url)
    return this.sign(pathname, Number(searchParams.get('expires')))
  }

  forget(url: string): void {
    this.#files.delete(new URL(url).pathname)
  }

  serve(url: URL, key: string | undefined): Served {
    const expires = url.searchParams.get('expires') ?? ''
    const token = url.searchParams.get('token') ?? ''
    const refusal = (status: number, why: string): Served => ({ status, type: 'text/plain', body: why })
    if (this.#flaw.has('download-needs-key') && key === undefined) return refusal(403, 'Missing API key')
    const expected = token.slice(0, 8) + this.#token(url.pathname, Number(expires), token.slice(0, 8))
    if (!same(token, expected) && !this.#flaw.has('token-unchecked')) return refusal(403, 'Bad token')
    const file =
      this.#files.get(url.pathname) ?? (this.#flaw.has('path-unsigned') ? [...this.#files.values()][0] : undefined)
    if (file === undefined) return refusal(404, 'No such file')
    if (file.now() >= Number(expires) * 1000 && !this.#flaw.has('url-outlives-job')) return refusal(403, 'Expired')
    const format = this.#flaw.has('always-jpg') ? 'jpg' : file.format
    return { status: 200, type: format === 'png' ? 'image/png' : 'image/jpeg', body: imageOf(format) }
  }

  #token(path: string, expires: number, salt: string): string {
    const signed = [
      this.#flaw.has('path-unsigned') ? '' : path,
      this.#flaw.has('expiry-unsigned') ? '' : String(expires),
      salt,
    ]
    return createHmac('sha256', this.#secret).update(signed.join('\n')).digest('hex')
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
