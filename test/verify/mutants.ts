// `npm run verify:mutants`: tries the suite on each defect, and prints what it said and the score.
import { rules } from '../../src/spec/index.ts'
import { criteria } from '../../src/verify/criteria.ts'
import { defects } from './target/defects.ts'
import { findings, type Trial, tryDefect } from './try-defect.ts'

const AT_ONCE = 4
const wanted = process.argv.slice(2)
const chosen = defects.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
const trials: Trial[] = []
const waiting = chosen.values()

const sound = await findings({})
const wrong = sound.filter(({ verdict }) => verdict !== 'passed')
for (const { id, verdict, reason } of wrong) console.log(`without any defect: ${id} ${verdict} ${reason ?? ''}`)

await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const defect of waiting) {
      trials.push(await tryDefect(defect))
      if (process.stderr.isTTY) process.stderr.write(`\r${trials.length} of ${chosen.length}`)
    }
  }),
)
if (process.stderr.isTTY) process.stderr.write('\r')

const width = Math.max(...chosen.map(({ id }) => id.length))
console.log(`${'defect'.padEnd(width)}  caught  breaks, and what named it`)
for (const defect of chosen) {
  const trial = trials.find((one) => one.defect === defect) as Trial
  const named = trial.named.map(({ id, verdict }) => (verdict === 'note' ? `${id} (note)` : id))
  console.log(`${defect.id.padEnd(width)}  ${trial.isCaught ? 'yes   ' : 'NO    '}  ${named.join(', ') || 'nothing'}`)
  for (const { id, verdict } of trial.missed) console.log(`${' '.repeat(width)}    missed: ${id} is ${verdict}`)
  for (const { id, breaches } of trial.stray) {
    console.log(
      `${' '.repeat(width)}    unrelated: ${id}, expected ${breaches[0]?.expected}, seen ${breaches[0]?.seen}`,
    )
  }
}

const caught = trials.filter(({ isCaught }) => isCaught)
const broken = new Set(caught.flatMap(({ defect }) => defect.breaks))
const unbreakable = criteria.map(({ id }) => id).filter((id) => !broken.has(id))
console.log(
  `\n${criteria.length} rules (${rules.length} of the API, ${criteria.length - rules.length} shapes), ${chosen.length} defects`,
)
if (wanted.length === 0) console.log(`rules that no defect breaks: ${unbreakable.join(', ') || 'none'}`)
console.log(`score: ${caught.length} of ${chosen.length}, ${((100 * caught.length) / chosen.length).toFixed(1)} %`)
if (caught.length < chosen.length || wrong.length > 0 || (wanted.length === 0 && unbreakable.length > 0))
  process.exitCode = 1
