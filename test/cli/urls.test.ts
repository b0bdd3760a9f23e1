import { globSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { test } from './cli.ts'

/** Each option and argument that takes a URL, with a command that has it. */
const TAKERS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['--url', 'clock', '--url'],
  ['--callback-url', 'trigger', 'succeeded', '--callback-url'],
  ['--forward-to', 'listen', '--port', '0', '--forward-to'],
  ['--control', 'verify', 'http://127.0.0.1:4010', '--control'],
  ['--public-url', 'serve', '--port', '0', '--public-url'],
  ['--receiver', 'grade', '--receiver'],
  ['wait', 'wait'],
  ['URL', 'verify'],
]

test('every option of the command line that takes a URL is tried here', () => {
  const options = globSync('src/cli/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'(--[\w-]+) <url>'/g)].map(([, name]) => name),
  )
  expect([...new Set(options)].toSorted()).toEqual(
    TAKERS.map(([name]) => name)
      .filter((name) => name.startsWith('--'))
      .toSorted(),
  )
})

describe.concurrent('what is no URL', () => {
  test.for(TAKERS)('is told what would be one by %s', async ([name, ...args], { photaMock, expect }) => {
    const run = photaMock([...args, 'localhost:4010'])
    expect([await run.exited, run.stderr]).toEqual([
      2,
      expect.stringMatching(
        new RegExp(
          `${name}( \\([^)]*\\))? expects an http or https URL, received "localhost:4010"\\. ` +
            'Example: http://localhost:4010\\n',
        ),
      ),
    ])
    expect(run.stderr).not.toMatch(/ERR_|\n.*\n/)
  })
})

describe.concurrent('a port that fetch never asks', () => {
  test.for([
    ['clock', '--url', 'http://127.0.0.1:1'],
    ['wait', 'http://127.0.0.1:1'],
  ])('is told as such by %s', async (args, { photaMock, expect }) => {
    const run = photaMock(args)
    expect(await run.exited).toBe(args[0] === 'wait' ? 2 : 1)
    expect(run.stderr).toMatch(
      /^phota-mock: .*http:\/\/127\.0\.0\.1:1.*fetch refuses this port, as browsers do; use another/,
    )
    expect(run.stderr).not.toContain('Is it running?')
  })
})
