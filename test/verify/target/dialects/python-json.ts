/** JSON as Python's `json.dumps` writes it: a blank after each comma and colon, and ASCII only. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([name, part]) => `${asciiJson(name)}: ${pythonJson(part)}`)
    return `{${parts.join(', ')}}`
  }
  return asciiJson(value)
}

/** JSON with `\u` escapes for everything beyond ASCII. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
