import { digits, median } from './measure.ts'
import { serveOurs } from './operations.ts'
import { Child } from './processes.ts'
import type { Section } from './report.ts'

/** How long the full contract suite takes against our own server. */
export const verify: Section = {
  name: 'verify',
  title: 'Verify',
  async run(bench) {
    const seconds: number[] = []
    const rounds = Math.min(3, bench.rounds)
    for (let round = 0; round < rounds; round++) {
      bench.progress(`round ${round + 1} of ${rounds}`)
      const { child, origin } = await serveOurs()
      const startMs = performance.now()
      await new Child({ args: ['dist/src/cli.js', 'verify', origin] }).output()
      seconds.push((performance.now() - startMs) / 1000)
      await child.stop()
    }
    return {
      notes: [
        '`phota-mock verify <url>` against `phota-mock serve`, all rules, from the start of its process to its end.',
      ],
      tables: [{ head: ['verify', 's'], rows: seconds.map((one, round) => [`round ${round + 1}`, digits(one)]) }],
      rows: [{ name: 'verify: the full suite', goal: null, measured: median(seconds), unit: 's', peer: '' }],
    }
  },
}
