import { readFile } from 'node:fs/promises'
import { serveCommand } from '../src/cli/serve.ts'

const BLOCK = /(<!-- options: begin -->\n)[\s\S]*?(<!-- options: end -->)/

/** README.md with the table of `serve`'s options made anew. */
export async function readmeWithOptions(): Promise<string> {
  const rows = serveCommand().options.map((option) => {
    const fallback =
      option.defaultValueDescription ?? (Array.isArray(option.defaultValue) ? '' : String(option.defaultValue ?? ''))
    const choices = option.argChoices
      ? `${option.description} (${option.argChoices.map((choice) => `\`${choice}\``).join(', ')})`
      : option.description
    return `| \`${option.flags}\` | \`${option.envVar}\` | ${choices} | ${fallback === '' ? '' : `\`${fallback}\``} |`
  })
  const table = ['| option | variable | | default |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
  return (await readFile('README.md', 'utf8')).replace(BLOCK, (_, begin: string, end: string) => begin + table + end)
}
