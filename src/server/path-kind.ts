import { basePath as controlBasePath } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'

/** What a path is about. */
export type PathKind = 'api' | 'control' | 'image'

/** An image's path: the World's id, the day, the file. */
const IMAGE = /^\/([^/]+)\/\d{8}\/[^/]+$/
const WORLD = `${controlBasePath}/worlds/`

export function kindOf(method: string, path: string): PathKind {
  if (path.startsWith(basePath)) return 'api'
  if (path.startsWith(`${controlBasePath}/`)) return 'control'
  return (method === 'GET' || method === 'HEAD') && IMAGE.test(path) ? 'image' : 'api'
}

/** The id of the World whose image a path is. */
export function worldOfImage(path: string): string {
  return IMAGE.exec(path)?.[1] ?? ''
}

/** By what the World of a request is found: a key, or what begins with its id. `null` if it is for none. */
export function nameIn(kind: PathKind, path: string, apiKey: string | null): string | null {
  if (kind === 'api') return apiKey ?? ''
  if (kind === 'image') return worldOfImage(path)
  return path.startsWith(WORLD) ? path.slice(WORLD.length) : null
}
