import { spawnSync } from 'node:child_process'
import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const generator = resolve('scripts/generate.ts')

function check(project: string): { exitCode: number | null; complaint: string } {
  const { status, stderr } = spawnSync(process.execPath, [generator, '--check'], { cwd: project, encoding: 'utf8' })
  return { exitCode: status, complaint: stderr }
}

/** What the generator reads and writes, in a folder without node_modules. */
async function copyOfProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-generate-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const path of [
    'package.json',
    'openapi.yaml',
    'src/control-api/control.yaml',
    'src/spec',
    'test/spec/control',
    'docs',
    'README.md',
  ]) {
    await cp(path, join(folder, path), { recursive: true })
  }
  return folder
}

test('the check names each stale file and no other, wherever the project lies, and leaves it as it is', async () => {
  const project = await copyOfProject()
  const edited = join(project, 'src/spec/types.ts')
  await appendFile(edited, '// by hand\n')
  await rm(join(project, 'src/spec/operations.ts'))
  expect(check(project)).toEqual({
    exitCode: 1,
    complaint: 'Stale: src/spec/types.ts, src/spec/operations.ts. Run: npm run generate\n',
  })
  expect(await readFile(edited, 'utf8')).toMatch(/by hand\n$/)
  await expect(readFile(join(project, 'src/spec/operations.ts'))).rejects.toThrow('ENOENT')
})

test('the validators need nothing at run time', async () => {
  for (const path of ['src/spec/validators.js', 'src/spec/control/validators.js']) {
    const code = await readFile(path, 'utf8')
    // Ajv tells each of its helpers where it came from in a string; the bundle has inlined the helper itself.
    const calls = code.replaceAll(/\.code='[^']*'/g, '')
    expect(calls.match(/\brequire\(|\bimport\b[^:]|\bfrom\s*["']/g) ?? [], path).toEqual([])
  }
})
