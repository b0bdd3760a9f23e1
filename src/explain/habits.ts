import { labelOf } from './accounts.ts'
import type { JobRecord } from './book.ts'
import type { Exchange } from './exchange.ts'
import type { Asked, Scene } from './scene.ts'

const SECOND_MS = 1_000
/** So many hasty polls in a row are a habit. */
const HASTY = 5
/** A poll or two after the end may be of two parts of a program, or for URLs signed anew. */
const AFTER_END = 3

/** What a client does that breaks no rule, and costs it or the service something: `odd`. */
export function noteHabits(asked: Asked, scene: Scene): void {
  noteKeyInUrl(asked.exchange, scene)
  notePatience(asked, scene)
  const { operation, subject, api, exchange } = asked
  const job = operation === 'getJob' && subject !== null ? scene.book.find(api, subject) : null
  if (job !== null && exchange.status === 200) notePolling(exchange, job, scene)
}

function notePolling(exchange: Exchange, job: JobRecord, { findings, order }: Scene): void {
  const last = job.lastPoll
  job.lastPoll = exchange
  // A server's own clock may jump from poll to poll.
  if (last?.startMs != null && exchange.startMs !== null && !order.isOfServer(exchange)) {
    const gapMs = exchange.startMs - last.startMs
    job.hasty = gapMs >= 0 && gapMs < SECOND_MS * 0.9 ? job.hasty + 1 : 0
    if (job.hasty >= HASTY) {
      const seen = `${job.hasty + 1} polls in a row, the last ${Math.round(gapMs)} ms after the one before`
      findings.odd('poll.pace', exchange, { expected: 'at least a second between two polls', seen, about: job.id })
    }
  }
  if (job.terminal === null || !order.isBefore(job.terminal.exchange, exchange)) return
  job.pollsAfterEnd += 1
  if (job.pollsAfterEnd < AFTER_END) return
  findings.odd('poll.ends', exchange, {
    expected: 'no more polls once the job has ended',
    seen: `${job.pollsAfterEnd} polls since`,
    because: [job.terminal.exchange],
    about: job.id,
  })
}

function noteKeyInUrl(exchange: Exchange, { findings }: Scene): void {
  const { url } = exchange
  const label = labelOf(exchange)
  const hasKey = label !== null && label.length >= 8 && !label.startsWith('<') && url.includes(label)
  const named = [...new URL(url).searchParams.keys()].find((name) => /^(x[-_])?api[-_]?key$/i.test(name))
  if (!hasKey && named === undefined) return
  findings.odd('secret.not-in-url', exchange, {
    expected: 'no API key in a URL: logs and proxies keep URLs',
    seen: named === undefined ? 'the key' : `the parameter ${named}`,
    about: new URL(url).pathname,
  })
}

/** Whether the client waited as long as a 429 or 503 said. */
function notePatience({ exchange, operation }: Asked, { findings, book, order }: Scene): void {
  const caller = `${operation} ${labelOf(exchange)}`
  const told = book.asked.get(caller)
  if (told && exchange.startMs !== null && order.isBefore(told.exchange, exchange)) {
    const waitedMs = exchange.startMs - (told.exchange.endMs ?? exchange.startMs)
    book.asked.delete(caller)
    if (waitedMs < told.waitMs - 100 && !order.isOfServer(exchange)) {
      findings.odd('poll.retry-after', exchange, {
        expected: `no request within ${told.waitMs / 1000} s, as Retry-After said`,
        seen: `one after ${(waitedMs / 1000).toFixed(1)} s`,
        because: [told.exchange],
        about: caller,
      })
    }
  }
  const after = exchange.responseHeaders.get('retry-after')
  if ((exchange.status !== 429 && exchange.status !== 503) || !/^\d{1,6}$/.test(after ?? '')) return
  if (book.asked.size > 1_000) book.asked.clear()
  book.asked.set(caller, { exchange, waitMs: Number(after) * 1_000 })
}
