// Prints how long a fresh World takes, in ms: the first of this process, and the mean of so many.
import { built } from './built.ts'

const count = Number(process.argv[2] ?? 100)
const { Phota } = await built('index')
const tookMs: number[] = []
for (let i = 0; i < count; i++) {
  const startMs = performance.now()
  const phota = new Phota({ id: `test-${i}`, seed: `seed-${i}`, apiKey: `test-key-test-${i}` })
  await phota.close()
  tookMs.push(performance.now() - startMs)
}
console.log(JSON.stringify({ first: tookMs[0], mean: tookMs.reduce((sum, ms) => sum + ms, 0) / count }))
