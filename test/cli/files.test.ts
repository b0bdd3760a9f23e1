import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { writeFiles } from '../../src/report/write-files.ts'
import { fileProblem } from '../../src/text/file-problem.ts'
import { test } from './cli.ts'

/** Each option that reads a file, with a command that has it. */
const READERS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['--fixture', 'serve', '--port', '0', '--fixture'],
  ['--scenario', 'serve', '--port', '0', '--scenario'],
  ['--failing-request', 'verify', 'http://127.0.0.1:4010', '--failing-request'],
  ['--expected-failures', 'verify', 'http://127.0.0.1:4010', '--expected-failures'],
  ['--resume', 'verify', 'http://127.0.0.1:4010', '--resume'],
  ['--expected-failures', 'grade', '--expected-failures'],
  ['explain:', 'explain'],
  ['restore:', 'world', 'restore'],
  ['restore:', 'restore'],
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phota-mock-files-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('every option of the command line that reads a file is tried here', () => {
  const options = globSync('src/cli/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'(--[\w-]+) <(?:file|ticket)>'/g)].map(([, name]) => name),
  )
  const tried = READERS.map(([name]) => name).filter((name) => name.startsWith('--'))
  expect([...new Set(options)].toSorted()).toEqual([...new Set(tried)].toSorted())
})

describe.concurrent('a file that cannot be read', () => {
  test.for(READERS)(
    'is told in our words, not in those of Node: %s',
    async ([name, ...args], { photaMock, expect }) => {
      for (const [file, why] of [
        [join(folder, 'nope'), 'there is no such file'],
        [folder, 'it is a folder'],
      ] as const) {
        const run = photaMock([...args, file])
        expect([await run.exited, run.stderr]).toEqual([2, expect.stringContaining(`${name} ${file} `)])
        expect(run.stderr).toContain(`: ${why}`)
        expect(run.stderr).not.toMatch(/E[A-Z]{4,}|Cannot find|import/)
      }
    },
  )

  test.for([
    ['nope/nope', 'there is no such file'],
    ['.', 'it is a folder'],
    ['taken/below', 'a part of its path is a file, not a folder'],
  ])('is told as well where it is written to: %s', async ([file, why], { expect }) => {
    await writeFile(join(folder, 'taken'), '')
    const error = await writeFile(join(folder, file as string), '').catch(fileProblem)
    expect(error).toBe(why)
  })

  test('is told of a report whose folder is a file', async ({ expect }) => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    await expect(writeFiles(file, { 'report.html': '' })).rejects.toThrow(
      `--report ${file} could not be written: a file is in its place`,
    )
  })

  test.for([
    [
      'nested.yaml',
      'a: b: c\n  - x\n',
      'Nested mappings are not allowed in compact mappings at line 1, column 4. Give',
    ],
    ['word.json', '[\n{ "a": x\n\n }]', `Unexpected token 'x', `],
    ['thrown.mjs', 'throw new Error("one\\n  two")', 'one two. Give'],
  ] as const)('tells on one line what is wrong in it: %s', async ([name, text, why], { photaMock, expect }) => {
    const file = join(folder, name)
    await writeFile(file, text)
    const run = photaMock(['serve', '--port', '0', '--scenario', file])
    expect([await run.exited, run.stderr]).toEqual([
      2,
      expect.stringContaining(`--scenario ${file} could not be read: ${why}`),
    ])
    expect(run.stderr).not.toContain('⏎')
  })
})
