import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { controlBasePath } from '../control-api/handle-control.ts'

/** A file as it is sent. */
export interface DashboardAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Answers a request for a file of the dashboard; `null` for a path that is none of its. */
export type Dashboard = (method: string, path: string) => DashboardAnswer | null

/**
 * The dashboard's files, read once; nothing but them is ever sent.
 *
 * @param imagesUrl where result images come from, if not from the page's own origin
 */
export function openDashboard(imagesUrl: string): Dashboard {
  const files = readFiles()
  const { origin } = new URL(imagesUrl)
  const policy =
    `default-src 'self'; img-src 'self' data: ${origin}; frame-ancestors 'none'; base-uri ` +
    `'none'; form-action 'self'`
  return (method, path) => {
    // Relative, because a proxy may have put the server below a path that only it knows.
    if (path === controlBasePath)
      return { status: 307, headers: { location: `${controlBasePath.slice(1)}/` }, body: '' }
    if (!path.startsWith(`${controlBasePath}/`)) return null
    const name = path.slice(controlBasePath.length + 1) || 'index.html'
    const bytes = files.get(name)
    if (bytes === undefined && name !== 'index.html') return null
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' }, body: '' }
    if (bytes === undefined) return NOT_BUILT
    return {
      status: 200,
      headers: {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        // The names of all others change with what is in them.
        'cache-control': name === 'index.html' ? 'no-cache' : 'max-age=31536000, immutable',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
      body: bytes,
    }
  }
}

const NOT_BUILT: DashboardAnswer = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'The dashboard is not built yet: run `npm run build:dashboard` in the project and start the server again.\n',
}

function readFiles(): ReadonlyMap<string, Uint8Array> {
  // By our own name, because source and build lie at different depths.
  const folder = new URL('dist/dashboard/', import.meta.resolve('phota-mock/package.json'))
  try {
    const names = readdirSync(folder, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'))
    return new Map(
      names.filter((name) => extname(name) in TYPES).map((name) => [name, readFileSync(new URL(name, folder))]),
    )
  } catch {
    return new Map()
  }
}
