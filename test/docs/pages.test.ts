import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { anchorsOf, type Link, linksOf, pages } from './markdown.ts'

const all = await pages()
const links = (await Promise.all(all.map(linksOf))).flat()
const shown = ({ page, line, path, anchor }: Link): string => `${page}:${line} → ${path}${anchor && `#${anchor}`}`

test('every link leads to a file of the repository, and every anchor to one of its headings', async () => {
  const dead: string[] = []
  for (const link of links) {
    const isThere = await stat(link.path).then(
      () => true,
      () => false,
    )
    const isAnchored = link.anchor === '' || !isThere || (await anchorsOf(link.path)).has(link.anchor)
    if (!isThere || !isAnchored) dead.push(shown(link))
  }
  expect(dead).toEqual([])
})

test('docs/README.md lists each page of docs/, and the README leads there', async () => {
  const listed = links.filter(({ page }) => page === 'docs/README.md').map(({ path }) => path)
  const own = all.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
  const isListed = (page: string): boolean => listed.some((path) => page === path || page.startsWith(`${path}/`))
  expect(own.filter((page) => !isListed(page))).toEqual([])
  expect(links.some(({ page, path }) => page === 'README.md' && path === 'docs/README.md')).toBe(true)
})

/** Every file of the tarball, as npm would pack it. */
async function packedFiles(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    maxBuffer: 2 ** 26,
  })
  // npm 11 answers a list, newer ones an object by name.
  const [pack] = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>)
  return (pack?.files ?? []).map(({ path }) => path)
}

test('every link of a page that is in the tarball leads to something that is there too', {
  timeout: 120_000,
}, async () => {
  const packed = await packedFiles()
  const dead = links.filter(
    ({ page, path }) => packed.includes(page) && !packed.some((file) => file === path || file.startsWith(`${path}/`)),
  )
  expect(dead.map(shown)).toEqual([])
  expect(packed.filter((path) => path.endsWith('.md'))).toEqual(expect.arrayContaining(['README.md', 'docs/README.md']))
})
