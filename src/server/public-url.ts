import { MisuseError, shown } from '../engine/misuse-error.ts'

/**
 * The URL that clients reach a server by, ready to have paths appended: no doubled and no trailing slash.
 *
 * @throws {MisuseError} for anything but an http or https URL, and for a query or fragment, which no path could follow, or a password, which fetch refuses
 */
export function toPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(text)) {
    throw new MisuseError(
      `--public-url (publicUrl) expects an http or https URL without password, query or fragment, received ${shown(text)}. Example: http://mock.local:4010/base`,
    )
  }
  return url.origin + url.pathname.replace(/\/+/g, '/').replace(/\/$/, '')
}
