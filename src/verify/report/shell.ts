import { quoted } from '../../text/quoted.ts'

/** A shell variable in a word; with `encoded`, percent-encoded as a part of a URL's path. */
export interface Variable {
  readonly name: string
  readonly encoded?: true
}

/** Text that stands for itself, and variables. */
export type Word = readonly (string | Variable)[]

/** A path or URL as a word of a command line that people read: quoted only where it must be. */
export function quotedPath(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path
  return /^[\w.:/%-]+$/.test(safe) ? safe : quoted(safe)
}

/** One word of a script. Nothing but the named variables is expanded. */
export function wordOf(word: Word): string {
  return word
    .filter((part) => part !== '')
    .map((part) => {
      if (typeof part === 'string') return quoted(part)
      return part.encoded ? `"$(in_url "$${part.name}")"` : `"$${part.name}"`
    })
    .join('')
}
