/** The first `length` characters as a text of their own: a slice alone would keep the whole text in memory. */
export function beginningOf(text: string, length: number): string {
  return Buffer.from(text.slice(0, length)).toString()
}

/** A text of up to `length` characters as it is, a longer one as its beginning and what it is the beginning of. */
export function excerpt(text: string, length: number): string {
  return text.length <= length ? text : `${beginningOf(text, length)}… (${text.length} characters)`
}
