import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Client, clients } from './clients/index.ts'
import { lineOf, type Trial, tryClient } from './try-client.ts'

/**
 * Grades every client of this folder: each broken one must be named by its habit and by no unrelated one, each right
 * one by nothing. `--only TEXTS` takes those whose name or habit holds one of them, `--quick` runs only the rounds that
 * show a client's habit, and `--at-once N` clients run at a time.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '3' },
  },
})

const wanted = clients.filter(({ name, habit }) =>
  values.only.split(',').some((text) => `${name} ${habit}`.includes(text)),
)
const [able, unable] = [wanted.filter(canRun), wanted.filter((each) => !canRun(each))]
for (const { name } of unable) console.log(`–  ${name}: this machine has not what it needs`)

const startedMs = Date.now()
const trials: Trial[] = []
const waiting = able.values()
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const trial = await tryClient(next.value, values.quick)
      trials.push(trial)
      console.log(lineOf(trial))
    }
  }),
)
const wrong = trials.filter(({ isRight }) => !isRight)
console.log(
  `\n${trials.length - wrong.length} of ${trials.length} clients are named by their habit and by no unrelated one, ` +
    `in ${Math.round((Date.now() - startedMs) / 1_000)} s.`,
)
process.exitCode = wrong.length > 0 || unable.length > 0 ? 1 : 0

function canRun({ needs }: Client): boolean {
  return needs.every(([program, ...args]) => spawnSync(program as string, args, { stdio: 'ignore' }).status === 0)
}
