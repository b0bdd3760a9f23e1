// `npm run bench`: measures the build against its peers and its targets.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { data } from './data.ts'
import { growth } from './growth.ts'
import { inProcess } from './in-process.ts'
import { latency } from './latency.ts'
import { install, versions } from './peers.ts'
import { PROJECT } from './processes.ts'
import {
  type Bench,
  closingTable,
  explain,
  isMet,
  markdown,
  merged,
  type Part,
  type Row,
  type Section,
  sectionText,
} from './report.ts'
import { scaleOut } from './scale-out.ts'
import { soak } from './soak.ts'
import { start } from './start.ts'
import { throughput } from './throughput.ts'
import { verify } from './verify.ts'

const SECTIONS: readonly Section[] = [throughput, latency, scaleOut, start, inProcess, growth, soak, data, verify]
const NAMES = SECTIONS.map(({ name }) => name)
const TITLES = SECTIONS.map(({ title }) => title)
const DOCUMENT = `${PROJECT}docs/benchmarks.md`
const USAGE = `npm run bench [-- options]

Measures phota-mock beside its peers, and says which targets it reaches. A full run writes docs/benchmarks.md.

  --only <sections>  only these, by comma: ${NAMES.join(', ')}
  --quick            one short round of each, to try whether it works; the figures mean little
  --rounds <number>  how often each is measured, whose median counts (default: 5)
  --write            put these sections into docs/benchmarks.md, beside those of earlier runs
  --no-build         measure dist as it is
  --help
`

const options = readOptions()
const chosen = SECTIONS.filter(({ name }) => options.only === null || options.only.includes(name))
await run()

async function run(): Promise<void> {
  tell('install: peers, if they are missing')
  install()
  if (options.build) {
    tell('build')
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const startMs = performance.now()
  const parts: Part[] = []
  for (const section of chosen) {
    const findings = await section.run(benchOf(section))
    const text = sectionText(section, findings, runText(), await explanations(findings.rows))
    parts.push({ title: section.title, text, rows: findings.rows })
    console.log(`${text}\n`)
  }
  console.log(parts.map(({ title, rows }) => markdown(closingTable(rows, title))).join('\n\n'))
  if (options.write) writeFileSync(DOCUMENT, merged(readFileSync(DOCUMENT, 'utf8'), parts, TITLES))
  tell(`${Math.round((performance.now() - startMs) / 1000)} s${options.write ? `; written to ${DOCUMENT}` : ''}`)
}

function benchOf({ name }: Section): Bench {
  return {
    quick: options.quick,
    rounds: options.quick ? 1 : options.rounds,
    progress: (text) => tell(`${name}: ${text}`),
  }
}

/** Of all figures that miss, by what they are explained by; each is profiled once. */
async function explanations(rows: readonly Row[]): Promise<string[]> {
  const missing = rows.filter((row) => isMet(row) === false)
  const bySubject = Map.groupBy(missing, ({ subject }) => subject?.title ?? null)
  const texts: string[] = []
  for (const [title, rows] of bySubject) {
    const subject = rows[0]?.subject
    if (subject) {
      tell(`profile: ${title}`)
      texts.push(explain(rows, subject, await subject.take()))
    } else texts.push(rows.map(({ name }) => `- **${name}**: no profile explains it.`).join('\n'))
  }
  return texts
}

/** When, of what and on which machine. */
function runText(): string {
  const { model } = cpus()[0] as { model: string }
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: PROJECT, encoding: 'utf8' }).trim()
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ` +
      `${commit}${options.quick ? ', **quick: the figures mean little**' : ''}.`,
    `Machine: ${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ` +
      `${process.arch}, Node ${process.version}.`,
    `Peers: ${versions().join(', ')}.`,
  ].join(' ')
}

function readOptions(): { only: string[] | null; quick: boolean; rounds: number; write: boolean; build: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        write: { type: 'boolean', default: false },
        build: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
      allowNegative: true,
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const only = values.only?.flatMap((names) => names.split(',')) ?? null
    const unknown = (only ?? []).filter((name) => !NAMES.includes(name))
    if (unknown.length > 0) throw new Error(`--only expects ${NAMES.join(', ')}; received "${unknown.join(',')}"`)
    const rounds = Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds expects a whole number from 1 on; received "${values.rounds}"`)
    const { quick, build } = values
    return { only, quick, rounds, build, write: values.write || (only === null && !quick) }
  } catch (error) {
    console.error(`npm run bench: ${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

function tell(text: string): void {
  console.error(text)
}
