/** Far more than any answer needs, and far less than what overflows the stack of whoever walks through it. */
export const DEEPEST_JSON = 200

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((one) =>
  one.charCodeAt(0),
)

/** Whether JSON is nested deeper than {@link DEEPEST_JSON}; false for what is no JSON. */
export function isTooDeep(bytes: Uint8Array): boolean {
  let start = 0
  while (start < bytes.length && (bytes[start] as number) <= 0x20) start++
  if (bytes[start] !== OPEN_LIST && bytes[start] !== OPEN_OBJECT) return false
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at + 1)
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > DEEPEST_JSON) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
  }
  return false
}

function endOfString(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}
