import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { COMPILED } from '../cli/cli.ts'

const run = promisify(execFile)

/** Debian's python3-pytest. Without it there is nothing to try; in CI it must be there. */
const hasPytest = spawnSync('python3', ['-m', 'pytest', '--version']).status === 0

test.skipIf(!hasPytest && !process.env['CI'])(
  'the conftest for pytest starts a server, gives each test a World, and leaves no process behind',
  async () => {
    const { stdout } = await run('python3', ['-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'examples/pytest'], {
      env: { ...process.env, ...COMPILED, PHOTA_MOCK: `${process.execPath} src/cli.ts` },
    })
    expect(stdout).toContain('2 passed')
  },
)
