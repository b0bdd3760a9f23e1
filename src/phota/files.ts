import type { Files } from '../api/api.ts'
import { download } from './download.ts'
import { warmUpImages } from './image/index.ts'
import { DEFAULT_CDN_BASE_URL } from './options.ts'

/** An image's path: the World's id, the day, the file. */
const IMAGE = /^\/([^/]+)\/\d{8}\/[^/]+$/

/** Output images. */
export const files: Files = {
  host: new URL(DEFAULT_CDN_BASE_URL).hostname,
  worldOf: (path) => IMAGE.exec(path)?.[1] ?? null,
  answer: download,
  warmUp: warmUpImages,
}
