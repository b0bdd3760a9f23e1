import { excerpt } from '../engine/excerpt.ts'
import { isInvalidHost } from './unreachable.ts'

// JPEG, PNG, WebP and HEIC by the first bytes, in hex; two dots stand for any byte.
const MAGIC =
  /^(ffd8ff|89504e470d0a1a0a|52494646.{8}57454250|.{8}66747970(68656963|68656978|68657663|6d696631|6d736631))/

const LONGEST_URL = 2048
/** Characters of base64 that are looked at: a whole image of 60 MB would keep others waiting. */
const LOOKED_AT = 4096

/**
 * Why these inputs make the work fail, or `null`. URLs are never fetched: one is believed unless its host ends in
 * `.invalid`. Anything else is taken for base64, and must begin like an image.
 */
export function inputProblem(inputs: readonly string[]): string | null {
  for (const [i, input] of inputs.entries()) {
    const problem = /^https?:\/\//i.test(input) ? urlProblem(input) : base64Problem(input)
    if (problem) return `Input image ${i + 1} ${problem}`
  }
  return null
}

function urlProblem(url: string): string | null {
  if (url.length > LONGEST_URL) return `could not be read: a URL has at most ${LONGEST_URL} characters.`
  const parsed = URL.parse(url)
  if (parsed === null) return `could not be read: ${excerpt(url, 100)} is no URL.`
  return isInvalidHost(parsed) ? `could not be fetched: ${excerpt(url, 100)}` : null
}

function base64Problem(text: string): string | null {
  if (text.startsWith('data:')) return 'is a data: URL; send the bare base64 instead.'
  const isWhole = text.length <= LOOKED_AT
  const compact = (isWhole ? text : text.slice(0, LOOKED_AT)).replace(/\s+/g, '')
  if (!(isWhole ? /^[A-Za-z0-9+/_-]+={0,2}$/ : /^[A-Za-z0-9+/_-]+$/).test(compact))
    return 'is neither a URL nor base64.'
  const head = Buffer.from(compact.slice(0, 24), 'base64').toString('hex')
  return MAGIC.test(head) ? null : 'is base64, but of no JPEG, PNG, WebP or HEIC.'
}
