import { MisuseError } from '../engine/misuse-error.ts'
import { serverUrlProblem } from '../text/http-url.ts'

/**
 * The URL that clients reach a server by, ready to have paths appended: no doubled and no trailing slash.
 *
 * @throws {MisuseError} for anything but an http or https URL, and for a query or fragment, which no path could follow,
 * or a password, which fetch refuses
 */
export function toPublicUrl(text: string): string {
  const problem = serverUrlProblem(text)
  if (problem !== null) throw new MisuseError(`--public-url (publicUrl) ${problem}`)
  const url = new URL(text)
  return url.origin + url.pathname.replace(/\/+/g, '/').replace(/\/$/, '')
}
