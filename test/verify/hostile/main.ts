// `npm run verify:hostile`: runs the real command against each hostile target, and writes what came of it into
// docs/verify.md.
import { readFile, writeFile } from 'node:fs/promises'
import { dollars } from '../../../src/text/dollars.ts'
import type { HostileTarget } from './front.ts'
import { hostileTargets } from './targets.ts'
import { type Ending, isBounded, mostSpend, tryHostile } from './try-hostile.ts'

const AT_ONCE = 2
const DEADLINE_S = 60
const BLOCK = /(<!-- hostile: begin -->\n)[\s\S]*?(<!-- hostile: end -->)/
const DOCUMENT = new URL('../../../docs/verify.md', import.meta.url)

const wanted = process.argv.slice(2)
const chosen = hostileTargets.filter(({ name }) => wanted.length === 0 || wanted.some((each) => name.includes(each)))
const endings = new Map<HostileTarget, Ending>()
const waiting = chosen.values()
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const target of waiting) {
      const ending = await tryHostile(target, [
        '--deadline',
        `${DEADLINE_S}s`,
        '--max-spend',
        String(mostSpend(target)),
      ])
      endings.set(target, ending)
      console.log(rowOf(target, ending), isBounded(target, ending, DEADLINE_S) ? '' : ` NOT BOUNDED ${ending.stderr}`)
    }
  }),
)

const rows = chosen.map((target) => rowOf(target, endings.get(target) as Ending))
const head = [
  '| target | ends after | peak memory | exit | passed · failed · error | counted as spent | really taken |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
]
if (wanted.length === 0) {
  const text = await readFile(DOCUMENT, 'utf8')
  const table = `${[...head, ...rows].join('\n')}\n`
  await writeFile(
    DOCUMENT,
    text.replace(BLOCK, (_, begin: string, end: string) => begin + table + end),
  )
}
// A target that was cut off may have something left to say.
process.exit([...endings].every(([target, ending]) => isBounded(target, ending, DEADLINE_S)) ? 0 : 1)

function rowOf(target: HostileTarget, { seconds, peakMb, exitCode, result, takenMicroUsd }: Ending): string {
  const { passed = 0, partial = 0, failed = 0, error = 0 } = result?.counts ?? {}
  const counts = `${passed + partial} · ${failed} · ${error}`
  const spent = result === null ? '' : `${dollars(result.spend.spentMicroUsd)} of $${mostSpend(target)}`
  const taken = result?.target.control === null ? dollars(takenMicroUsd) : 'nobody’s'
  return (
    `| ${target.name} | ${seconds.toFixed(0)} s | ${peakMb.toFixed(0)} MB | ${exitCode} | ${counts} | ${spent} | ` +
    `${taken} |`
  )
}
