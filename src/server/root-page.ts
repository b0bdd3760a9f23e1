import type { ApiResponse } from '../api/http.ts'
import { basePath as controlBasePath } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'
import { version } from '../spec/version.ts'

const WHAT =
  'A local mock of the Phota image API, for tests. Nothing here is the real service, and nothing costs money.'

interface Place {
  readonly name: string
  /** Without a slash at its beginning, because a proxy may have put the server below a path that only it knows. */
  readonly path: string
  readonly what: string
}

/**
 * What `/` says: what this is, and where to go.
 *
 * @param accept what the client asks for: HTML if it names that, else JSON if it names that, else text
 * @param origin where the client reaches us
 * @param hasControl whether there is a control API
 */
export function rootPage(accept: string, origin: string, hasControl: boolean): ApiResponse {
  const places = placesOf(hasControl)
  const [type, body] = /\btext\/html\b/.test(accept)
    ? ['text/html; charset=utf-8', asHtml(places)]
    : /\bapplication\/json\b/.test(accept)
      ? ['application/json', asJson(places, origin)]
      : ['text/plain; charset=utf-8', asText(places, origin)]
  return {
    status: 200,
    headers: {
      'content-type': type as string,
      vary: 'accept',
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
    },
    body: body as string,
  }
}

function placesOf(hasControl: boolean): Place[] {
  const control = controlBasePath.slice(1)
  return [
    { name: 'api', path: basePath.slice(1), what: 'the API; each request carries X-API-Key' },
    { name: 'openapi', path: 'openapi.yaml', what: 'its OpenAPI description; openapi.json too' },
    ...(hasControl
      ? [
          { name: 'dashboard', path: `${control}/`, what: 'the page that shows and moves it all' },
          { name: 'control_openapi', path: `${control}/openapi.yaml`, what: 'the control API: clock, Worlds, money' },
          { name: 'health', path: `${control}/health`, what: 'whether it is ready' },
        ]
      : []),
  ]
}

function asText(places: readonly Place[], origin: string): string {
  const lines = places.map(({ name, path, what }) => `  ${name.padEnd(16)} ${origin}/${path}\n${' '.repeat(19)}${what}`)
  return `phota-mock ${version}\n${WHAT}\n\n${lines.join('\n')}\n`
}

function asJson(places: readonly Place[], origin: string): string {
  const links = Object.fromEntries(places.map(({ name, path }) => [name, `${origin}/${path}`]))
  return JSON.stringify({ name: 'phota-mock', version, description: WHAT, links })
}

function asHtml(places: readonly Place[]): string {
  const items = places.map(({ name, path, what }) =>
    // The API itself is no page.
    name === 'api' ? `<li><code>/${path}</code>: ${what}</li>` : `<li><a href="${path}">${path}</a>: ${what}</li>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>phota-mock</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }</style>
<h1>phota-mock ${version}</h1>
<p>${WHAT}</p>
<ul>
${items.join('\n')}
</ul>
</html>
`
}
