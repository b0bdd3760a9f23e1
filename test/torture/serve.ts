// The server under torture, in a process of its own. It tells its parent its URL, and its figures whenever it is asked.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { startServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import type { Figures } from './target.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
const server = await startServer({ port: 0, clock: 'auto', checkResponses: true, contents: defaultWorld, ...options })
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const figures: Figures = {
    heapMb: heapUsed / 2 ** 20,
    rssMb: rss / 2 ** 20,
    peakMb: process.resourceUsage().maxRSS / 1024,
    blockedMs: delay.max / 1e6,
    sockets,
  }
  delay.reset()
  process.send?.(figures)
})
process.send?.(server.url)
