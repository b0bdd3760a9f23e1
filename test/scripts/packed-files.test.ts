import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deadLinks, deadMaps } from '../../scripts/packed-files.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-packed-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

test('links to files and headings that are not in the package are named; others are not', async () => {
  await put({
    'README.md': [
      '# A title, with `code`',
      '[there](docs/there.md) [heading](docs/there.md#what-it-is) [here](#a-title-with-code) ' +
        '[site](https://x.test/a.md)',
      '[gone](docs/gone.md) ![picture](docs/gone.png "title") [no heading](docs/there.md#gone) [nor here](#gone)',
      '[folder](docs/) [reference][1]',
      '[1]: ./gone.txt',
      '```md',
      '[an example](nowhere.md)',
      '```',
    ].join('\n'),
    'docs/there.md': '## What it is?\n[up](../README.md) [astray](../../README.md)',
  })
  expect(deadLinks(folder).sort()).toEqual([
    'README.md: #gone',
    'README.md: ./gone.txt',
    'README.md: docs/gone.md',
    'README.md: docs/gone.png',
    'README.md: docs/there.md#gone',
    'docs/there.md: ../../README.md',
  ])
})

test('maps that lead to no source, and code without a map, are named', async () => {
  await put({
    'src/a.ts': '',
    'dist/src/a.js': '//# sourceMappingURL=a.js.map\n',
    'dist/src/a.js.map': '{"sources":["../../src/a.ts"]}',
    'dist/src/b.js': '//# sourceMappingURL=b.js.map\n',
    'dist/src/b.js.map': '{"sources":["../../src/b.ts"]}',
    'dist/src/c.d.ts': 'export {}',
    'dist/src/d.cjs': '//# sourceMappingURL=d.cjs.map\n',
    'dist/src/d.cjs.map': JSON.stringify({
      sources: ['../../src/a.ts', '../../node_modules/dep/a.js', '../../node_modules/dep/b.js', '../../scripts/e.js'],
      sourcesContent: [null, 'export {}', null],
    }),
    'dist/src/f.cjs': '//# sourceMappingURL=f.cjs.map\n',
    // There by chance: not of the package.
    'dist/src/f.cjs.map': JSON.stringify({ sources: [`../../../../..${import.meta.filename}`] }),
  })
  expect(deadMaps(folder).sort()).toEqual([
    'dist/src/b.js: ../../src/b.ts',
    'dist/src/c.d.ts: no map',
    'dist/src/d.cjs: ../../node_modules/dep/b.js',
    'dist/src/d.cjs: ../../scripts/e.js',
    `dist/src/f.cjs: ../../../../..${import.meta.filename}`,
  ])
})
