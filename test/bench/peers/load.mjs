// The load generator, a process of its own: `node load.mjs '<Load of ../load.ts>'` prints one Loaded as JSON.
import { existsSync, readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import { paced } from './paced.mjs'

const load = JSON.parse(process.argv[2])
const { url, method, headers, body, parts = [{ url }], connections, warmUpS, durationS, rate, spread, pids } = load

const shoot = async (duration, overallRate) => {
  const durationsMs = []
  const shots = parts.map((part) =>
    autocannon({
      url: part.url,
      method,
      headers,
      body,
      ...(part.requests && { requests: part.requests }),
      connections: connections / parts.length,
      duration,
      ...(overallRate && { overallRate: overallRate / parts.length }),
    }),
  )
  // Its own histograms know only whole milliseconds.
  if (overallRate) for (const shot of shots) shot.on('response', (_client, _status, _bytes, ms) => durationsMs.push(ms))
  const results = await Promise.all(shots)
  const sum = (count) => results.reduce((total, result) => total + count(result), 0)
  return {
    requests: sum((result) => result.requests.total),
    seconds: Math.max(...results.map((result) => result.duration)),
    failed: sum((result) => result.non2xx + result.errors + result.timeouts),
    durationsMs,
  }
}

/**
 * CPU time of one process so far, all its threads, in ms: ticks of 10 ms; null if it is gone, as a shell's `sleep` soon
 * is.
 */
const cpuMs = (pid) => {
  if (!existsSync(`/proc/${pid}`)) return null
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

await shoot(warmUpS)
// The other generator has to become fast as well.
if (spread) await paced({ ...load, durationS: warmUpS })
const before = pids.map(cpuMs)
const { durationsMs, ...shot } = spread ? await paced(load) : await shoot(durationS, rate)
const after = pids.map(cpuMs)
const cpu = after.map((ms, index) => (ms === null || before[index] === null ? 0 : ms - before[index]))
durationsMs.sort((a, b) => a - b)
const at = (share) => durationsMs[Math.floor(durationsMs.length * share)] ?? null
console.log(JSON.stringify({ ...shot, cpuMs: cpu, p50Ms: at(0.5), p99Ms: at(0.99) }))
