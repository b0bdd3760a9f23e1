import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { acceptsForged, type File, findMisnamed, type Served, serveFile } from './download-flaws.ts'
import type { Flaw } from './flaw.ts'
import type { Job } from './job.ts'

interface Output {
  readonly job: Job
  /** Counted from 0. */
  readonly output: number
  readonly now: () => number
  /** In seconds since 1970. */
  readonly expires: number
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

  add({ job, output, now, expires }: Output): string {
    const { format } = job.request
    const day = new Date(now()).toISOString().slice(0, 10).replaceAll('-', '')
    const path = `/downloads/${day}/${randomBytes(16).toString('hex')}.${format}`
    const file: File = { path, job, output, format, now, expires: String(expires), served: 0 }
    this.#files.set(path, file)
    return this.#urlOf(file)
  }

  /** The same file under a name of its own. */
  rename(url: string): string {
    const file = this.#files.get(new URL(url).pathname)
    return file === undefined ? url : this.add({ ...file, expires: Number(file.expires) })
  }

  /** The same file with a token of its own. */
  resign(url: string): string {
    const file = this.#files.get(new URL(url).pathname)
    return file === undefined ? url : this.#urlOf(file)
  }

  serve(url: URL, key: string | undefined): Served {
    const expires = url.searchParams.get('expires') ?? ''
    const token = url.searchParams.get('token') ?? ''
    const refusal = (status: number, why: string): Served => ({ status, type: 'text/plain', body: why })
    const flaw = this.#flaw
    const path = url.pathname
    const file = this.#files.get(path) ?? findMisnamed(flaw, path, [...this.#files.values()])
    const spot = file === undefined ? {} : { account: file.job.account, request: file.job.request, output: file.output }
    if (key === undefined && flaw.has('download-needs-key', spot)) return refusal(403, 'Missing API key')
    const salt = token.slice(0, SALT_LENGTH)
    const tokenOf = (signedPath: string, signedExpires: string): string =>
      salt + this.#token(signedPath, signedExpires, salt)
    const forged = { path, expires, token, file, files: this.#files, tokenOf }
    if (!same(token, tokenOf(path, expires)) && !acceptsForged(flaw, forged, spot)) return refusal(403, 'Bad token')
    if (file === undefined) return refusal(404, 'No such file')
    if (flaw.has('downloads-die-when-heard', spot) && file.job.isHeard) return refusal(404, 'No such file')
    const isCached = file.served > 0 && flaw.has('download-cache-outlives', spot)
    const lasts = isCached || flaw.has('url-outlives-job', spot)
    if (file.now() >= Number.parseInt(expires, 10) * 1000 && !lasts) return refusal(403, 'Expired')
    file.served += 1
    return serveFile(file, flaw, spot)
  }

  #urlOf({ path, expires }: File): string {
    const salt = randomBytes(SALT_LENGTH / 2).toString('hex')
    return `${this.origin}${path}?token=${salt}${this.#token(path, expires, salt)}&expires=${expires}`
  }

  #token(path: string, expires: string, salt: string): string {
    return createHmac('sha256', this.#secret).update([path, expires, salt].join('\n')).digest('hex')
  }
}

const SALT_LENGTH = 8

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
