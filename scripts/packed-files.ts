import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A Markdown link or picture, or a reference, whose target is not of another site. */
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s+(\S+)/gm
const FENCED = /^(`{3,}|~{3,})[\s\S]*?^\1/gm

/**
 * What the documents of an unpacked package link to, and is not there: files, and headings of Markdown files.
 *
 * @returns one line for each, `README.md: docs/gone.md`
 */
export function deadLinks(folder: string): string[] {
  return globSync('**/*.md', { cwd: folder, exclude: ['node_modules/**'] }).flatMap((document) => {
    const text = readFileSync(join(folder, document), 'utf8').replace(FENCED, '')
    return [...text.matchAll(LINK)]
      .map(([, inline, reference]) => (inline ?? reference) as string)
      .filter((target) => !/^[a-z][a-z+.-]*:|^\/\//i.test(target) && !leads(folder, document, target))
      .map((target) => `${document}: ${target}`)
  })
}

function leads(folder: string, document: string, target: string): boolean {
  const [path = '', heading] = target.split('#').map(decodeURIComponent)
  const file = path === '' ? join(folder, document) : join(folder, dirname(document), path)
  if (!existsSync(file)) return false
  return heading === undefined || !file.endsWith('.md') || headingsOf(readFileSync(file, 'utf8')).has(heading)
}

/** As GitHub makes them. */
function headingsOf(text: string): Set<string> {
  const titles = [...text.replace(FENCED, '').matchAll(/^#{1,6}\s+(.*)$/gm)].map(([, title = '']) => title)
  const slugs = titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
  return new Set(slugs)
}

interface SourceMap {
  sources: string[]
  sourcesContent?: (string | null)[]
}

/** A file above the package may be there by chance. */
function isPacked(folder: string, file: string): boolean {
  return file.startsWith(join(folder, '/')) && existsSync(file)
}

/**
 * Source maps and declaration maps of an unpacked package that lead to no file of it and do not hold its text, and
 * files that name no map.
 */
export function deadMaps(folder: string): string[] {
  return globSync('dist/{src,fixtures,chunks}/**/*.{js,cjs,d.ts,d.cts}', { cwd: folder }).flatMap((file) => {
    // Generated as plain JavaScript: it is its own source.
    if (/validators\.[a-z.]+$/.test(file)) return []
    const [, name] = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(join(folder, file), 'utf8')) ?? []
    const map = join(folder, dirname(file), name ?? '')
    if (name === undefined || !existsSync(map)) return [`${file}: ${name ?? 'no map'}`]
    const { sources, sourcesContent = [] } = JSON.parse(readFileSync(map, 'utf8')) as SourceMap
    return sources
      .filter((source, at) => typeof sourcesContent[at] !== 'string' && !isPacked(folder, join(dirname(map), source)))
      .map((source) => `${file}: ${source}`)
  })
}
