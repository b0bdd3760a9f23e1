import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Block, blocksOf, pages } from './markdown.ts'
import { NOT_RUN } from './not-run.ts'
import { runShell, type ShellRun } from './shell.ts'
import { runTypeScript } from './typescript.ts'

const blocks = (await Promise.all((await pages()).filter(isOfUsers).map(blocksOf))).flat()
const listed = ({ page, code }: Block) =>
  NOT_RUN.filter((entry) => entry.page === page && entry.firstLine === code.split('\n')[0])
const run = blocks.filter((block) => listed(block).length === 0)
const inLanguage = (language: string) => run.filter((block) => block.language === language)

/** Seconds on an idle machine; a busy one takes its time. */
const TIMEOUT_MS = 300_000

/** What users read; the commands of contributors are those of package.json. */
function isOfUsers(page: string): boolean {
  return page === 'README.md' || (page.startsWith('docs/') && page !== 'docs/CONTRIBUTING.md')
}

test('each block is of a language that is run, is text, or is on the list of those that are not run', () => {
  const known = ['ts', 'sh', 'yaml', 'python', 'text']
  expect(run.filter(({ language }) => !known.includes(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
})

test('each entry of the list of blocks that are not run is of exactly one block', () => {
  const uses = NOT_RUN.map((entry) => blocks.filter((block) => listed(block).includes(entry)).length)
  expect(uses).toEqual(NOT_RUN.map(() => 1))
})

test('TypeScript: every block passes, and its types are right', { timeout: TIMEOUT_MS }, async () => {
  expect((await runTypeScript(inLanguage('ts'))).join('\n')).toBe('')
})

describe.concurrent('shell', () => {
  for (const page of new Set(inLanguage('sh').map(({ page }) => page))) {
    test(`${page}: every line does what it says`, { timeout: TIMEOUT_MS }, async () => {
      const code = inLanguage('sh').filter((block) => block.page === page)
      await runLines(code.map((block) => block.code).join('\n'), SHOWN[page] ?? (() => undefined))
    })
  }
})

describe.concurrent('YAML', () => {
  for (const { page, line, code } of inLanguage('yaml')) {
    test(`${page}:${line}: it can be read, and its lines run`, { timeout: TIMEOUT_MS }, async () => {
      const { jobs } = parse(code) as {
        jobs: Record<string, { steps: { run?: string; env?: Record<string, string> }[] }>
      }
      const steps = Object.values(jobs).flatMap(({ steps }) => steps)
      await runLines(steps.flatMap(({ run, env }) => (run === undefined ? [] : [withEnv(run, env ?? {})])).join('\n'))
    })
  }
})

describe('Python', () => {
  for (const { page, line, code } of inLanguage('python')) {
    const verifies = code.includes('def verify_callback')
    const title = verifies ? 'its function tells genuine callbacks from forged ones' : 'it can be imported'
    test(`${page}:${line}: ${title}`, async () => {
      const vectors = [
        'import base64, json',
        'for vector in json.load(open("fixtures/signature-vectors.json"))["vectors"]:',
        '    header = vector["header"] or ""',
        '    seen = verify_callback(base64.b64decode(vector["body_base64"]), header, vector["secret"])',
        '    assert seen == vector["valid"], vector',
      ].join('\n')
      await promisify(execFile)('python3', ['-B', '-c', `${code}\n${verifies ? vectors : ''}`])
    })
  }
})

async function runLines(code: string, look: (run: ShellRun) => unknown = () => undefined): Promise<void> {
  const shell = await runShell(code)
  try {
    expect(shell.code, shell.output).toBe(0)
    await look(shell)
  } finally {
    await shell.remove()
  }
}

function withEnv(run: string, env: Record<string, string>): string {
  return [...Object.entries(env).map(([name, value]) => `export ${name}='${value}'`), run].join('\n')
}

/** What a reader of a page must have seen at its end. */
const SHOWN: Readonly<Record<string, (run: ShellRun) => unknown>> = {
  'README.md': async ({ output, folder }) => {
    expect(output).toMatch(/"status":"pending"/)
    expect(output).toMatch(/"code":"JOB_EXPIRED"/)
    expect(output).toMatch(/ 0 failed /)
    const image = await sharp(join(folder, 'lighthouse.jpg')).metadata()
    expect(image).toMatchObject({ format: 'jpeg', width: 1024, height: 1024 })
  },
  'docs/server.md': ({ output }) => expect(output).toMatch(/genuine \{"job_id":"[0-9a-f]{32}","status":"succeeded"/),
  'docs/recipes.md': ({ output }) => expect(output).toMatch(/2 passed/),
}
