// `npm run verify:mutants`: tries the suite on each defect and on each lawful variant, and prints what it got wrong.
import { fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type Mutant, mutants, mutantsInTeams, type Outcome } from './mutant.ts'
import type { Order, Report } from './mutants-worker.ts'

const USAGE = `npm run verify:mutants -- [ids] [--all] [--some] [--concurrency N]
  ids              of defects and variants; all if left out
  --all            shows all of them, not only what is wrong
  --some           of the rules that a defect has nothing to do with, tries a fortieth only, chosen by PHOTA_SEED or by
                   chance
  --concurrency N  how many rules each run tries at once; 1 shows whether they depend on each other`

/** Of one process: a run waits a little, for callbacks and for silences; a slow one hardly does anything else. */
const AT_ONCE = { swift: 2, slow: 6 }

const { values, positionals: ids } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean' },
    some: { type: 'boolean' },
    concurrency: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
const concurrency = Number(values.concurrency ?? 16)
const seed = Number(process.env['PHOTA_SEED'] ?? randomInt(1_000_000))
if (values.some)
  console.log(`A fortieth of the unrelated rules is tried; PHOTA_SEED=${seed} takes the same fortieth again.`)
const unknown = ids.filter((id) => !mutants.some((one) => one.id === id))
if (values.help || unknown.length > 0 || !(Number.isInteger(concurrency) && concurrency > 0)) {
  for (const id of unknown) console.error(`there is no defect and no variant "${id}"`)
  console.error(USAGE)
  process.exit(values.help ? 0 : 2)
}

const chosen = ids.length === 0 ? mutantsInTeams : mutants.filter(({ id }) => ids.includes(id))
const outcomes = new Map<Mutant, Outcome>()
const slow = chosen.filter(({ isSlow }) => isSlow).values()
const swift = chosen.filter(({ isSlow }) => !isSlow).values()
const begun = performance.now()
let toldMs = begun
await Promise.all(Array.from({ length: Math.min(availableParallelism(), chosen.length) }, work))
tell()

/** One process, with as many mutants as it tries at once. */
async function work(): Promise<void> {
  const worker = fork(new URL('mutants-worker.ts', import.meta.url))
  const trying = new Map<string, (outcome: Outcome) => void>()
  worker.on('message', ({ mutant, ...outcome }: Report) => trying.get(nameOf(mutant))?.(outcome))
  worker.on('exit', () => {
    for (const end of trying.values()) end({ named: [], wrong: ['its process has ended'] })
  })
  const one = (mutant: Mutant): Promise<Outcome> =>
    new Promise((resolve) => {
      trying.set(nameOf(mutant), resolve)
      worker.send({ mutant, options: { concurrency }, ...(values.some && { seed }) } satisfies Order, (error) => {
        if (error) resolve({ named: [], wrong: [`it could not be tried: ${error.message}`] })
      })
    })
  const lane = async (waiting: Iterable<Mutant>): Promise<void> => {
    for (const mutant of waiting) {
      outcomes.set(mutant, await one(mutant))
      trying.delete(nameOf(mutant))
      progress()
    }
  }
  await Promise.all([
    ...Array.from({ length: AT_ONCE.slow }, () => lane(slow)),
    ...Array.from({ length: AT_ONCE.swift }, () => lane(swift)),
  ])
  if (worker.connected) worker.disconnect()
}

/** One line that changes on a terminal; a line a minute elsewhere. */
function progress(): void {
  const text = `${outcomes.size} of ${chosen.length} runs`
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`)
  else if (performance.now() - toldMs > 60_000) {
    toldMs = performance.now()
    process.stderr.write(`${text}\n`)
  }
}

function nameOf({ kind, id }: Mutant): string {
  return `${kind} ${id}`
}

function tell(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const isWrong = (one: Mutant): boolean => outcomes.get(one)?.wrong.length !== 0
  const shown = chosen.filter((one) => values.all || isWrong(one))
  const width = Math.max(0, ...shown.map((one) => nameOf(one).length))
  for (const one of shown) {
    const { named = [], wrong = [] } = outcomes.get(one) ?? {}
    console.log(`${nameOf(one).padEnd(width)}  ${isWrong(one) ? 'WRONG' : 'ok   '}  ${named.join(', ')}`.trimEnd())
    for (const line of wrong) console.log(`  ${line}`)
  }
  const score = (kind: Mutant['kind'], done: string): string => {
    const all = chosen.filter((one) => one.kind === kind)
    const count = (some: readonly Mutant[]): number => some.reduce((sum, one) => sum + one.count, 0)
    return `${count(all.filter((one) => !isWrong(one)))} of ${count(all)} ${done}`
  }
  const seconds = Math.round((performance.now() - begun) / 1000)
  console.log(
    `${score('defect', 'defects named by their rule')} · ${score('variant', 'lawful variants passed')} · ${seconds} s`,
  )
  if (chosen.some(isWrong)) process.exitCode = 1
}
