import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { explainCommand } from '../src/cli/explain.ts'
import { gradeCommand } from '../src/cli/grade.ts'
import { proxyCommand } from '../src/cli/proxy.ts'
import { runCommand } from '../src/cli/run.ts'
import { serveCommand } from '../src/cli/serve.ts'
import { verifyCommand } from '../src/cli/verify.ts'

const BLOCK = /(<!-- options: begin -->\n)[\s\S]*?(<!-- options: end -->)/

/** The documents that hold a table of options, each with its table made anew. */
export async function documentsWithOptions(): Promise<Record<string, string>> {
  return {
    'docs/explain.md': await withTable('docs/explain.md', explainCommand()),
    'docs/proxy.md': await withTable('docs/proxy.md', proxyCommand()),
    'docs/server.md': await withTable('docs/server.md', serveCommand()),
    'docs/run.md': await withTable('docs/run.md', runCommand()),
    'docs/verify.md': await withTable('docs/verify.md', verifyCommand()),
    'docs/grade.md': await withTable('docs/grade.md', gradeCommand()),
  }
}

async function withTable(file: string, command: Command): Promise<string> {
  const text = await readFile(file, 'utf8')
  return text.replace(BLOCK, (_, begin: string, end: string) => begin + tableOf(command) + end)
}

function tableOf({ options }: Command): string {
  const rows = options.map((option) => {
    const fallback =
      option.defaultValueDescription ?? (isTelling(option.defaultValue) ? String(option.defaultValue) : '')
    const choices = option.argChoices
      ? `${option.description} (${option.argChoices.map((choice) => `\`${choice}\``).join(', ')})`
      : option.description
    const variable = option.envVar === undefined ? '' : `\`${option.envVar}\``
    return `| \`${option.flags}\` | ${variable} | ${choices} | ${fallback === '' ? '' : `\`${fallback}\``} |`
  })
  return ['| option | variable | | default |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

/** What is not given, and a list without entries, need no telling. */
function isTelling(value: unknown): boolean {
  return value !== undefined && !Array.isArray(value)
}
