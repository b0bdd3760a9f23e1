import { basePath as controlBasePath } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'

/** What a path is about. */
export type PathKind = 'api' | 'control' | 'image'

/** An image's path: the World's id, the day, the file. */
const IMAGE = /^\/([^/]+)\/\d{8}\/[^/]+$/

export function kindOf(method: string, path: string): PathKind {
  if (path.startsWith(basePath)) return 'api'
  if (path.startsWith(`${controlBasePath}/`)) return 'control'
  return (method === 'GET' || method === 'HEAD') && IMAGE.test(path) ? 'image' : 'api'
}

/** The id of the World whose image a path is. */
export function worldOfImage(path: string): string {
  return IMAGE.exec(path)?.[1] ?? ''
}
