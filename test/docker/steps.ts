import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** A Dockerfile's instructions, in order; `RUN` and `ENV` of all stages. */
export async function dockerfile(): Promise<{ name: string; text: string }[]> {
  const text = await readFile('Dockerfile', 'utf8')
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ name: line.split(' ')[0] as string, text: line.slice(line.indexOf(' ') + 1) }))
}

export interface Step {
  if?: string
  run?: string
  uses?: string
  env?: Record<string, string>
  with?: Record<string, string>
}

/** The steps that run for these inputs, with what `${{ … }}` stands for. */
export async function actionSteps(given: Record<string, string>): Promise<Step[]> {
  const { inputs, runs } = parse(await readFile('action.yml', 'utf8')) as {
    inputs: Record<string, { default: string }>
    runs: { steps: Step[] }
  }
  const valueFor = (name: string): string => {
    const value = given[name] ?? inputs[name]?.default
    if (value === undefined) throw new Error(`action.yml has no input ${name}`)
    return value
  }
  const filled = (text: string): string =>
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => valueFor(name))
  const isFor = (condition: string): boolean => {
    const [, relation, command] = /inputs\.command (==|!=) '(\w+)'$/.exec(condition) ?? []
    if (relation === undefined) throw new Error(`action.yml has a condition that this cannot read: ${condition}`)
    return (relation === '==') === (command === valueFor('command'))
  }
  return runs.steps
    .filter((step) => step.if === undefined || isFor(step.if))
    .map((step) => ({
      ...step,
      env: Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)])),
    }))
}
