// Requests at an even rate: autocannon's overallRate sends a second's share at full speed, then nothing until the next
// second.
import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Each latency is counted from the moment at which its request was due, so that waiting for a free connection counts.
 */
export async function paced({ url, method, headers, body, connections, durationS, rate }) {
  const { hostname, port, pathname } = new URL(url)
  const lines = Object.entries({
    ...headers,
    host: `${hostname}:${port}`,
    'content-length': Buffer.byteLength(body ?? ''),
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const bytes = Buffer.from(`${method} ${pathname} HTTP/1.1\r\n${head}\r\n${body ?? ''}`)
  const durationsMs = []
  const free = []
  let failed = 0
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(Number(port), hostname).setNoDelay()
    let seen = ''
    socket.dueMs = 0
    socket.on('error', () => failed++)
    socket.on('data', (chunk) => {
      seen += chunk.latin1Slice()
      const head = seen.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1])
      if (seen.length < head + 4 + length) return
      if (!seen.startsWith('HTTP/1.1 2')) failed++
      seen = ''
      durationsMs.push(performance.now() - socket.dueMs)
      free.push(socket)
    })
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  free.push(...sockets)
  const startMs = performance.now()
  const total = Math.floor(rate * durationS)
  let sent = 0
  while (durationsMs.length + failed < total && performance.now() - startMs < durationS * 3000) {
    const nowMs = performance.now()
    while (sent < total && free.length > 0) {
      const dueMs = startMs + (sent * 1000) / rate
      if (dueMs > nowMs) break
      const socket = free.pop()
      socket.dueMs = dueMs
      socket.write(bytes)
      sent++
    }
    await new Promise(setImmediate)
  }
  const seconds = (performance.now() - startMs) / 1000
  for (const socket of sockets) socket.destroy()
  return { requests: durationsMs.length, seconds, failed: failed + (total - durationsMs.length), durationsMs }
}
