import { digits, median, medianRatio } from './measure.ts'
import { probe } from './processes.ts'
import { takeProfile } from './profile.ts'
import type { Row, Section, Subject } from './report.ts'

/** Of one operation, µs a call of each round. */
export interface Calls {
  operation: string
  /** Through msw, answered by ours. */
  ours: number[]
  /** Through msw, answered by a handler of a constant answer. */
  constant: number[]
  /** By `phota.fetch`, without msw. */
  photaFetch: number[]
}

/** A request in a test: through msw to our handlers, beside a handler that always answers the same. */
export const inProcess: Section = {
  name: 'in-process',
  title: 'In-process',
  async run(bench) {
    bench.progress('calls through msw, and without')
    const calls = await probe<Calls[]>('in-process.ts', [bench.quick ? 2 : 15, bench.quick ? 100 : 500])
    return {
      notes: [
        'One process, one msw server, whose handlers change from round to round: ours, then one of a constant ' +
          'answer that reads the body as JSON. Each request is awaited before the next.',
      ],
      tables: [
        {
          head: ['µs a call', 'our handlers', 'a constant handler', 'ours ÷ constant', 'phota.fetch'],
          rows: calls.map(({ operation, ours, constant, photaFetch }) => [
            operation,
            ...[median(ours), median(constant), medianRatio(ours, constant), median(photaFetch)].map(digits),
          ]),
        },
      ],
      rows: calls.flatMap(({ operation, ours, constant, photaFetch }): Row[] => [
        {
          name: `in-process ${operation}`,
          goal: { atMost: 1.25 },
          measured: medianRatio(ours, constant),
          unit: '×',
          peer: 'a constant msw handler',
          subject: profiled('requests through msw to ours', 'msw'),
        },
        {
          name: `phota.fetch ${operation}`,
          goal: operation === 'poll' ? { atMost: 0.06 } : null,
          measured: median(photaFetch) / 1000,
          unit: 'ms',
          peer: '',
          subject: profiled('requests by `phota.fetch`', 'phota.fetch'),
        },
      ]),
    }
  },
}

function profiled(title: string, way: string): Subject {
  return { title, take: () => takeProfile('cpu', (nodeOptions) => probe('in-process.ts', [5, 1000, way], nodeOptions)) }
}
