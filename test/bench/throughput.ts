import { type Measured, shoot } from './load.ts'
import { alternating, digits, median, medianRatio } from './measure.ts'
import { type Operation, prepare, sampleAnswers, serveOurs, TITLES } from './operations.ts'
import { type Answers, BARE, type Kind, OURS, PEERS, serve } from './peers.ts'
import { takeProfile } from './profile.ts'
import type { Bench, Row, Section, Subject, Table } from './report.ts'

/** Throughput and CPU time of a request, ours beside each peer. */
export const throughput: Section = {
  name: 'throughput',
  title: 'Throughput',
  async run(bench) {
    const answers = await sampleAnswers()
    const tables: Table[] = []
    const rows: Row[] = []
    for (const operation of ['submit', 'poll', 'poll-succeeded'] as const) {
      // What a peer of constant answers does is the same for both polls.
      const peers = operation === 'poll-succeeded' ? [BARE] : PEERS
      const rounds = await measure(bench, operation, peers, answers[operation])
      tables.push(table(operation, peers, rounds))
      rows.push(...goals(operation, rounds))
    }
    return {
      notes: [
        'autocannon with 32 keep-alive connections, in a process of its own on the other core. Every server is ' +
          'started anew for each round, and warmed up first (ours and bare `node:http` for 4 s), so that the jobs ' +
          'of one round are no garbage of the next. Ratios are medians of the rounds’ ratios; above 1, ours is better.',
        'Each submit is the example request of the asynchronous guide. Near bare `node:http` the load generator ' +
          'itself is at its limit, which flatters the slower of the two. The CPU time of a request, from `/proc`, ' +
          'has no such limit, so it is held to the same targets.',
        'Answers of one turn of the event loop leave together at its end; the other servers write each at once, ' +
          'bare `node:http` too, which is how a poll can cost less than there.',
        'json-server answers from memory and the constant peers validate little or nothing; Mockoon answers a ' +
          'submit with 200 rather than 202.',
      ],
      tables,
      rows,
    }
  },
}

type Rounds = Map<string, Measured[]>

async function measure(bench: Bench, operation: Operation, peers: readonly Kind[], answers: Answers): Promise<Rounds> {
  const rounds: Rounds = new Map([OURS, ...peers].map(({ name }) => [name, []]))
  for (let round = 0; round < bench.rounds; round++) {
    bench.progress(`${TITLES[operation]}: round ${round + 1} of ${bench.rounds}`)
    const [closest, ...others] = peers as [Kind, ...Kind[]]
    // Ours and the closest peer always stand next to each other.
    for (const kind of [...alternating([OURS, closest], round), ...others]) {
      rounds.get(kind.name)?.push(await once(bench, kind, operation, answers))
    }
  }
  return rounds
}

/** Bare node:http, which the targets name, is measured and warmed up as long as ours. */
async function once(bench: Bench, kind: Kind, operation: Operation, answers: Answers): Promise<Measured> {
  const isLong = !bench.quick && [OURS, BARE].includes(kind)
  // V8 goes on compiling what a submit runs for some 30,000 of them; how a start is, the section on starts says.
  const [warmUpS, durationS] = isLong ? [4, 2] : [0.5, 1]
  const served = kind === OURS ? await serveOurs() : await serve(kind, answers)
  const measured = await shoot(served, { ...(await prepare(served, operation, answers)), warmUpS, durationS })
  await served.child.stop()
  return measured
}

function table(operation: Operation, peers: readonly Kind[], rounds: Rounds): Table {
  return {
    head: [TITLES[operation], 'requests/s', 'ours ÷ it', 'CPU µs/request', 'its CPU ÷ ours'],
    rows: [OURS, ...peers].map((kind) => {
      const its = rounds.get(kind.name) ?? []
      return [
        kind.name,
        digits(median(its.map(({ perSecond }) => perSecond))),
        digits(faster(rounds, kind)),
        digits(median(its.map(({ cpuUs }) => cpuUs))),
        digits(leaner(rounds, kind)),
      ]
    }),
  }
}

function goals(operation: Operation, rounds: Rounds): Row[] {
  const title = TITLES[operation]
  const share = {
    goal: { atLeast: operation === 'submit' ? 0.6 : 0.85 },
    unit: '×',
    peer: 'bare node:http',
    subject: loadProfile(operation),
  }
  return [
    { name: `${title}: throughput`, measured: faster(rounds, BARE), ...share },
    { name: `${title}: CPU time`, measured: leaner(rounds, BARE), ...share },
  ]
}

function faster(rounds: Rounds, { name }: Kind): number {
  return medianRatio(pick(rounds, OURS.name, 'perSecond'), pick(rounds, name, 'perSecond'))
}

function leaner(rounds: Rounds, { name }: Kind): number {
  return medianRatio(pick(rounds, name, 'cpuUs'), pick(rounds, OURS.name, 'cpuUs'))
}

function pick(rounds: Rounds, name: string, figure: keyof Measured): number[] {
  return (rounds.get(name) ?? []).map((measured) => measured[figure])
}

/** Our server under load. */
function loadProfile(operation: Operation): Subject {
  return {
    title: `\`serve\` under load, ${TITLES[operation]}`,
    take: () =>
      takeProfile('cpu', async (nodeOptions) => {
        const served = await serveOurs([], nodeOptions)
        const asked = await prepare(served, operation, { submit: '', poll: '' })
        await shoot(served, { ...asked, warmUpS: 0.5, durationS: 3 })
        await served.child.stop()
      }),
  }
}
