import type { Api } from '../api/api.ts'
import { basePath as controlBasePath } from '../spec/control/index.ts'

/** What a path is about. */
export type PathKind = 'api' | 'control' | 'file'

export function kindOf({ basePath, files }: Api, method: string, path: string): PathKind {
  if (path.startsWith(basePath)) return 'api'
  if (path.startsWith(`${controlBasePath}/`)) return 'control'
  return (method === 'GET' || method === 'HEAD') && files !== null && files.worldOf(path) !== null ? 'file' : 'api'
}
