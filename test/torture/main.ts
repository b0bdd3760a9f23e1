// `npm run torture`: tries to break the server, the clients' view of it and `verify`, and says what broke.

import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { crash } from './crash.ts'
import { fuzz } from './fuzz.ts'
import { model } from './model.ts'
import { type Outcome, type Part, runPart, type Size, TABLE_HEAD } from './part.ts'
import { raw } from './raw.ts'
import { receivers } from './receivers.ts'
import { resources } from './resources.ts'
import { snapshots } from './snapshots.ts'
import { openTarget } from './target.ts'
import { targets } from './targets.ts'

const PARTS: readonly Part[] = [fuzz, raw, model, snapshots, receivers, resources, crash, targets]

const HELP = `npm run torture -- [options]

  --only part,part   only these parts
  --size full|short  full takes an hour or more; short, for CI, some two minutes (default: full)
  --seed N           of the first round; the next has the seed after it (default: 1)
  --rounds N         so many rounds of each part, instead of as many as the size has
  --write            put the rows of these parts into the table of docs/reliability.md
  --help

Parts, and how many rounds they have (full, short):

${PARTS.map(({ name, about, rounds }) => `  ${name.padEnd(10)} ${about} (${rounds.full}, ${rounds.short})`).join('\n')}

Exit code: 0 if nothing broke, 1 if something did, 2 for a wrong option.
`

const BLOCK = /(<!-- torture: begin -->\n)([\s\S]*?)(<!-- torture: end -->)/
const DOCUMENT = new URL('../../docs/reliability.md', import.meta.url)

const shown = { atMs: 0 }
const options = readOptions()
const startedMs = performance.now()
const outcomes: Outcome[] = []
for (const part of options.parts) {
  outcomes.push(await runPart(part, { ...options, open: openTarget, progress }))
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
const table = [TABLE_HEAD, ...outcomes.map((outcome) => outcome.row())].join('\n')
const minutes = (performance.now() - startedMs) / 60_000
console.log(`${table}\n\nseed ${options.seed}, ${options.size} size, ${minutes.toFixed(1)} minutes`)
const reports = outcomes.flatMap((outcome) => outcome.report())
for (const report of reports) console.log(`\n${report}`)
if (options.write) await write()
// Something that was tortured may have something left to say.
process.exit(reports.length > 0 ? 1 : 0)

/** Puts the rows of this run in the place of those of the same parts; others stay as their own runs left them. */
async function write(): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const told =
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, seed ${options.seed}, ` +
    `${options.size} size`
  const rows = new Map(outcomes.map((outcome) => [outcome.part.name, `${outcome.row()} ${told} |`]))
  for (const [row, name = ''] of (BLOCK.exec(text)?.[2] ?? '').matchAll(/^\| (\w+) \|.*$/gm)) {
    if (!rows.has(name)) rows.set(name, row)
  }
  const [head = '', line = ''] = TABLE_HEAD.split('\n')
  const all = PARTS.flatMap(({ name }) => rows.get(name) ?? [])
  const table = [`${head} run |`, `${line} --- |`, ...all].join('\n')
  await writeFile(
    DOCUMENT,
    text.replace(BLOCK, (_, begin: string, _old: string, end: string) => `${begin}${table}\n${end}`),
  )
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        size: { type: 'string', default: 'full' },
        seed: { type: 'string', default: '1' },
        rounds: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      process.exit(0)
    }
    if (values.size !== 'full' && values.size !== 'short')
      throw new Error(`--size expects full or short, received "${values.size}"`)
    const names = values.only?.split(',') ?? PARTS.map(({ name }) => name)
    const parts = names.map((name) => {
      const part = PARTS.find((each) => each.name === name)
      if (!part)
        throw new Error(`--only expects parts out of ${PARTS.map(({ name }) => name).join(', ')}, received "${name}"`)
      return part
    })
    return {
      parts,
      size: values.size as Size,
      seed: whole('--seed', values.seed),
      ...(values.rounds !== undefined && { rounds: whole('--rounds', values.rounds) }),
      write: values.write,
    }
  } catch (error) {
    console.error(`torture: ${(error as Error).message}`)
    process.exit(2)
  }
}

function whole(option: string, given: string): number {
  if (!/^\d{1,9}$/.test(given))
    throw new Error(`${option} expects a whole number, received "${given}". Example: ${option} 7`)
  return Number(given)
}

/** One line that changes on a terminal; elsewhere one every 30 s. */
function progress(text: string): void {
  const { isTTY, columns = 80 } = process.stderr
  const now = performance.now()
  if (now - shown.atMs < (isTTY ? 100 : 30_000)) return
  shown.atMs = now
  process.stderr.write(isTTY ? `\r\x1b[K${text.slice(0, columns - 1)}` : `${text}\n`)
}
