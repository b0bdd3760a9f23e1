/**
 * Why a text is no URL that could be asked, as the end of a sentence that begins with the name of what it was given
 * for: `expects an http or https URL, received "foo". Example: …`. `null` if it is one.
 */
export function httpUrlProblem(text: unknown): string | null {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    return `expects an http or https URL, received ${shown(text)}. Example: ${exampleFor(text)}`
  // A password would be shown in messages, and fetch takes none.
  return url.username === '' && url.password === '' ? null : `expects a URL without user. Example: ${url.origin}`
}

/** The same for the URL of a server, which paths are appended to. */
export function serverUrlProblem(text: unknown): string | null {
  const problem = httpUrlProblem(text)
  if (problem !== null || !/[?#]/.test(text as string)) return problem
  return (
    `expects a URL without query and fragment, received ${shown(text)}. Example: ` +
    `${(text as string).split(/[?#]/, 1)[0]}`
  )
}

const LONGEST = 300

function shown(text: unknown): string {
  return String(JSON.stringify(typeof text === 'string' ? text.slice(0, LONGEST) : text))
}

/** With the scheme before it, if it is only that which is missing. */
function exampleFor(text: unknown): string {
  const isPlace = typeof text === 'string' && /^(localhost|[\w.-]+:\d{1,5})(\/[\w./-]*)?$/.test(text)
  return isPlace && URL.canParse(`http://${text}`) ? `http://${text}` : 'http://127.0.0.1:4010'
}
