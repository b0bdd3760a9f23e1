import { glob, readFile } from 'node:fs/promises'
import { posix } from 'node:path'

/** A fenced block of a page. */
export interface Block {
  page: string
  /** Where its fence opens, from 1. */
  line: number
  language: string
  code: string
}

/** A link or picture of a page, `https:` ones left out. */
export interface Link {
  page: string
  line: number
  /** From the project's root; a directory ends without a slash. */
  path: string
  /** Without its `#`; empty for none. */
  anchor: string
}

/** Every page that people read, from the project's root. */
export async function pages(): Promise<string[]> {
  const found: string[] = []
  for await (const page of glob(['*.md', 'docs/**/*.md'])) found.push(page)
  return found.sort()
}

export async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(page, 'utf8')
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language: language.trim(),
    code,
  }))
}

export async function linksOf(page: string): Promise<Link[]> {
  return (await proseOf(page)).flatMap(({ text, line }) =>
    [...text.replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/[[\]()]/g, '_')).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [path = '', anchor = ''] = target.split('#')
        const from = path === '' ? page : posix.join(posix.dirname(page), path)
        return { page, line, path: from.replace(/\/$/, ''), anchor }
      }),
  )
}

/** The anchors of a page's headings, as GitHub makes them. */
export async function anchorsOf(page: string): Promise<Set<string>> {
  const anchors = new Set<string>()
  for (const { text } of await proseOf(page)) {
    const [, heading] = /^#+ (.*)$/.exec(text) ?? []
    if (heading === undefined) continue
    const plain = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = plain
    for (let n = 1; anchors.has(anchor); n++) anchor = `${plain}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

/** The lines outside of blocks. */
export async function proseOf(page: string): Promise<{ text: string; line: number }[]> {
  const lines = (await readFile(page, 'utf8')).split('\n').map((text, i) => ({ text, line: i + 1 }))
  let isCode = false
  return lines.filter(({ text }) => {
    if (text.startsWith('```')) {
      isCode = !isCode
      return false
    }
    return !isCode
  })
}
