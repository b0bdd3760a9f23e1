import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const RUNNERS = ['jest@30', 'mocha@12', '@playwright/test@1']

/**
 * Runs the recipes of docs/recipes.md that need a runner of their own, from the installed package.
 *
 * @param project a folder where the package is installed
 */
export function checkRecipes(project: string): void {
  const run = (folder: string, command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  run(project, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--no-save', ...RUNNERS)
  const recipes = readFileSync('docs/recipes.md', 'utf8')
  const write = (heading: string): string => {
    const folder = join(project, heading.toLowerCase())
    mkdirSync(folder)
    const [section = ''] = recipes.split(`\n## ${heading}\n`)[1]?.split('\n## ') ?? []
    const files = [...section.matchAll(/^```(?:ts|js)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)]
    if (files.length === 0) throw new Error(`docs/recipes.md has no file under ${heading}`)
    for (const [, name = '', code = ''] of files) writeFileSync(join(folder, name), code)
    return folder
  }
  const mocha = write('mocha')
  run(mocha, 'npx', 'mocha', 'lighthouse.spec.js')
  const jest = write('jest')
  writeFileSync(join(jest, 'package.json'), '{ "jest": { "testMatch": ["**/*.test.cjs"] } }')
  run(jest, 'npx', 'jest')
  run(write('Playwright'), 'npx', 'playwright', 'test')
}
