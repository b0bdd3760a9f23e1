/**
 * What no terminal, log or page may receive from a client or a target: control characters, what turns the direction of
 * text, other line breaks than a line feed, halves of a surrogate pair, and what XML forbids.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]/gu

/** Text of theirs on one line, with nothing in it that could move the cursor or hide what stands there. */
export function printable(text: string): string {
  return visible(text).replaceAll('\n', '⏎').replaceAll('\t', ' ')
}

/** The same on as many lines as it has. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSAFE, (each) => (each === '\n' || each === '\t' ? each : escaped(each)))
}

/** All strings in a value, printable. */
export function allPrintable<Value>(value: Value): Value {
  return mapped(value) as Value
}

/** JSON of the same value, in which those characters stand as escapes. @param indent 0 for one line */
export function jsonText(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (each) => (each === '\n' ? each : unicode(each)))
}

function mapped(value: unknown): unknown {
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.map(mapped)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [printable(name), mapped(each)]))
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicode(character)
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
