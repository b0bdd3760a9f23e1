import type { Flaw } from './flaw.ts'
import type { Format } from './image-request.ts'
import type { Job } from './job.ts'
import { imageOf } from './pictures.ts'
import type { Spot } from './place.ts'

export interface File {
  readonly path: string
  readonly job: Job
  readonly output: number
  readonly format: Format
  readonly now: () => number
  /** As its URL has it, in seconds since 1970. */
  readonly expires: string
  served: number
}

export interface Served {
  readonly status: number
  readonly type: string
  readonly body: Buffer | string
}

/** A URL whose token is not the one of its path and expiry. */
interface Forged {
  readonly path: string
  readonly expires: string
  readonly token: string
  /** What is at the path, if anything. */
  readonly file: File | undefined
  readonly files: ReadonlyMap<string, File>
  /** The right token for a path and an expiry, with the salt of the token at hand. */
  readonly tokenOf: (path: string, expires: string) => string
}

const isOfPath = ({ file, token, tokenOf }: Forged): boolean =>
  file !== undefined && token === tokenOf(file.path, file.expires)

const expected = ({ path, expires, tokenOf }: Forged): string => tokenOf(path, expires)

const isOfAnyFile = ({ files, token, tokenOf }: Forged): boolean =>
  [...files.values()].some((file) => token === tokenOf(file.path, file.expires))

const WAYS: Record<string, (forged: Forged) => boolean> = {
  'token-unchecked': () => true,
  'token-unchecked-once-served': ({ file }) => file !== undefined && file.served > 0,
  'token-optional': ({ token }) => token === '',
  'token-by-prefix': (forged) => forged.token.length >= 8 && expected(forged).startsWith(forged.token),
  'token-with-suffix': (forged) => forged.token.startsWith(expected(forged)),
  'token-first-half': (forged) => forged.token.slice(0, 36) === expected(forged).slice(0, 36),
  'token-first-8': (forged) => forged.token.slice(0, 16) === expected(forged).slice(0, 16),

  'token-of-any-file': isOfAnyFile,
  'path-unsigned': isOfAnyFile,
  'path-any-case': isOfPath,
  'path-extension-unsigned': isOfPath,
  'path-suffix-ignored': isOfPath,
  'expiry-unsigned': isOfPath,
  'expiry-may-be-earlier': (forged) => isOfPath(forged) && Number(forged.expires) <= Number(forged.file?.expires),
  'expiry-may-be-later': (forged) => isOfPath(forged) && Number(forged.expires) >= Number(forged.file?.expires),
  'expiry-parsed-loosely': (forged) =>
    isOfPath(forged) && Number.parseInt(forged.expires, 10) === Number(forged.file?.expires),
}

/** Whether some flaw takes a URL that was tampered with. */
export function acceptsForged(flaw: Flaw, forged: Forged, spot: Spot): boolean {
  return flaw.pick(WAYS, spot)?.(forged) ?? false
}

const MISNAMED: Record<string, (path: string, file: File) => boolean> = {
  'path-unsigned': () => true,
  'path-any-case': (path, file) => path.toLowerCase() === file.path,
  'path-extension-unsigned': (path, file) => path.replace(/\.\w+$/, '') === file.path.replace(/\.\w+$/, ''),
  'path-suffix-ignored': (path, file) => path.startsWith(`${file.path}/`),
}

/** The file that some flaw finds under a path that is not its own. */
export function findMisnamed(flaw: Flaw, path: string, files: readonly File[]): File | undefined {
  const matches = flaw.pick(MISNAMED)
  return matches && files.find((file) => matches(path, file))
}

const image = (format: Format): Served => ({
  status: 200,
  type: format === 'png' ? 'image/png' : 'image/jpeg',
  body: imageOf(format),
})
const ofType = ({ format }: File, body: Buffer | string): Served => ({ ...image(format), body })
const MISSING: Served = { status: 404, type: 'text/plain', body: 'No such file' }

const CONTENTS: Record<string, (file: File) => Served> = {
  'always-jpg': () => image('jpg'),
  'always-png': () => image('png'),
  'download-in-other-format': ({ format }) => image(format === 'png' ? 'jpg' : 'png'),
  'download-html': () => ({ status: 200, type: 'text/html', body: '<!doctype html><title>Busy</title>' }),
  'download-html-as-image': (file) => ofType(file, '<!doctype html><title>Busy</title>'),
  'download-empty': (file) => ofType(file, ''),
  'download-cut': (file) => ofType(file, imageOf(file.format).subarray(0, imageOf(file.format).length >> 1)),
  'download-base64': (file) => ofType(file, imageOf(file.format).toString('base64')),
  'download-missing': () => MISSING,
  'download-single-use': (file) => (file.served > 1 ? MISSING : image(file.format)),
}

/** The bytes of an output, or what some flaw delivers instead. */
export function serveFile(file: File, flaw: Flaw, spot: Spot): Served {
  return (flaw.pick(CONTENTS, spot) ?? (() => image(file.format)))(file)
}
