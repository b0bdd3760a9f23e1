import { type Load, type Measured, shoot } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { prepare, sampleAnswers, serveOurs, TITLES } from './operations.ts'
import { type Answers, BARE, type Kind, OURS, type Served, serve } from './peers.ts'
import type { Row, Section, Table } from './report.ts'

const FASHIONS = { 'evenly spread': { spread: true }, 'in bursts': {} } as const
type Fashion = keyof typeof FASHIONS

/** How long an answer takes at half of what ours can do, ours beside bare node:http at the same rate. */
export const latency: Section = {
  name: 'latency',
  title: 'Latency at half of our peak',
  async run(bench) {
    const answers = await sampleAnswers()
    const tables: Table[] = []
    const rows: Row[] = []
    for (const operation of ['submit', 'poll'] as const) {
      const runs = new Map<string, Measured[]>()
      let rate = 0
      for (let round = 0; round < bench.rounds; round++) {
        bench.progress(`${TITLES[operation]}: round ${round + 1} of ${bench.rounds}`)
        rate ||= await halfOfPeak(operation, answers[operation])
        for (const kind of alternating([OURS, BARE], round)) {
          for (const fashion of Object.keys(FASHIONS) as Fashion[]) {
            const served = await start(kind, answers[operation])
            const asked = await prepare(served, operation, answers[operation])
            const load: Omit<Load, 'connections' | 'pids'> = {
              ...asked,
              rate,
              ...FASHIONS[fashion],
              warmUpS: 0.5,
              durationS: bench.quick ? 1 : 2,
            }
            push(runs, key(kind, fashion), await shoot(served, load))
            await served.child.stop()
          }
        }
      }
      tables.push({
        head: [`${TITLES[operation]}, ${digits(rate)} requests/s`, 'p50 ms', 'p99 ms'],
        rows: [...runs].map(([name, its]) => [
          name,
          digits(median(its.map((one) => one.p50Ms))),
          digits(median(its.map((one) => one.p99Ms))),
        ]),
      })
      for (const figure of ['p50Ms', 'p99Ms'] as const) {
        const of = (kind: Kind) => (runs.get(key(kind, 'evenly spread')) ?? []).map((one) => one[figure])
        rows.push({
          name: `${TITLES[operation]}: ${figure.slice(0, 3)} at half of our peak`,
          goal: null,
          measured: medianRatio(of(OURS), of(BARE)),
          unit: '×',
          peer: 'bare node:http',
        })
      }
    }
    return {
      notes: [
        'The peak is measured first, in the same run. autocannon’s `overallRate` sends a second’s share as fast ' +
          'as it can and then nothing until the next second, so its figures are those of bursts; “evenly spread” ' +
          'sends each request at its own moment over 32 connections, and counts from the moment it was due.',
      ],
      tables,
      rows,
    }
  },
}

function key({ name }: Kind, fashion: Fashion): string {
  return `${name}, ${fashion}`
}

function start(kind: Kind, answers: Answers): Promise<Served> {
  return kind === OURS ? serveOurs() : serve(kind, answers)
}

async function halfOfPeak(operation: 'submit' | 'poll', answers: Answers): Promise<number> {
  const peaks: number[] = []
  for (let round = 0; round < 3; round++) {
    const served = await start(OURS, answers)
    const asked = await prepare(served, operation, answers)
    peaks.push((await shoot(served, { ...asked, warmUpS: 1, durationS: 1 })).perSecond)
    await served.child.stop()
  }
  return Math.round(median(peaks) / 2)
}

function push(runs: Map<string, Measured[]>, name: string, measured: Measured): void {
  runs.set(name, [...(runs.get(name) ?? []), measured])
}
