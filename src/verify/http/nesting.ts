/** Far more than any answer needs, and far less than what overflows the stack of whoever walks through it. */
export const DEEPEST_JSON = 200

const [QUOTE = 0, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((one) =>
  one.charCodeAt(0),
)

/** Whether JSON is nested deeper than {@link DEEPEST_JSON}; false for what is no JSON. */
export function isTooDeep(bytes: Uint8Array): boolean {
  if (shallow.has(bytes)) return false
  const isDeep = isDeeper(bytes)
  if (!isDeep) shallow.add(bytes)
  return isDeep
}

/** Bodies that were looked at; each is read many times. */
const shallow = new WeakSet<Uint8Array>()

function isDeeper(bytes: Uint8Array): boolean {
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

/** With the engine's own search, because a picture is one string of megabytes. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
  return bytes.length
}
