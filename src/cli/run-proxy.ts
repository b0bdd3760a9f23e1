import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Exchange } from '../explain/exchange.ts'
import type { Finding } from '../explain/finding.ts'
import { hideNothing, hideSecrets } from '../explain/hide.ts'
import { Judge } from '../explain/judge.ts'
import { exchangeOf } from '../explain/live.ts'
import { createRelay, type Relayed } from '../explain/relay.ts'
import { Spend } from '../explain/spend.ts'
import { findingLines } from '../explain/terminal.ts'
import { HarWriter } from '../explain/write-har.ts'
import { basePath } from '../spec/index.ts'
import { dollars } from '../text/dollars.ts'
import { fileProblem } from '../text/file-problem.ts'
import { serverUrlProblem } from '../text/http-url.ts'
import { allPrintable, jsonText, printable } from '../text/printable.ts'
import { paintFor } from './progress.ts'
import type { ProxyFlags } from './proxy-options.ts'
import { judgeOptionsOf } from './run-explain.ts'

/** Does what `phota-mock proxy` was asked for, until a signal; sets the exit code. */
export async function runProxy(url: string, flags: ProxyFlags): Promise<void> {
  const problem = serverUrlProblem(url)
  if (problem !== null) {
    fail(`the URL ${problem}`)
    return
  }
  const upstream = new URL(url)
  const base = flags.base ?? basePath
  // Clients ask for the whole path.
  upstream.pathname = upstream.pathname.replace(/\/$/, '').replace(new RegExp(`${base}$`), '')
  const hide = hideSecrets()
  const har = flags.har === undefined ? null : harAt(flags.har, flags.keepSecrets ? hideNothing : hide)
  if (har === undefined) return
  const paint = paintFor(process.stdout)
  const secrets = flags.secret
  const shown = (finding: Finding): Finding => {
    const clean = (text: string): string =>
      secrets.reduce((safe, secret) => safe.replaceAll(secret, '<secret>'), hide.text(text))
    return { ...finding, expected: clean(finding.expected), seen: clean(finding.seen) }
  }
  const judge = new Judge([{ format: 'live', exchanges: [], isOfServer: false }], {
    ...judgeOptionsOf(flags),
    tell: (finding) => {
      const safe = shown(finding)
      if (flags.json) console.log(jsonText({ at: new Date().toISOString(), ...safe }, 0))
      else if (safe.kind !== 'untold') console.log(findingLines(allPrintable(safe), paint).join('\n'))
    },
  })
  const spend = flags.spendLimit === undefined ? null : new Spend(flags.spendLimit, flags.base)
  const say = (line: string): void => console.error(`phota-mock proxy: ${printable(hide.text(line))}`)
  let isFull = false
  const ended = (relayed: Relayed): void => {
    const exchange = exchangeOf(relayed)
    for (const [name, value] of exchange.requestHeaders) hide.header(name, value)
    judge.see(exchange)
    spend?.settle(relayed.url, relayed.status)
    if (har !== null && !har.add(relayed, exchange) && !isFull) {
      isFull = true
      say(`--har ${flags.har}: it is as large as an archive may be; what follows is judged, and not recorded`)
    }
    release(exchange)
  }
  const server = createRelay({ upstream, ended, say, guard: (method, to) => spend?.guard(method, to) ?? null })
  server.listen(flags.port, flags.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    fail(`--port ${flags.port} on ${flags.host} cannot be listened on: ${(error as NodeJS.ErrnoException).code}`)
    return
  }
  const { port, address, family } = server.address() as AddressInfo
  const here = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  console.error(`phota-mock proxy listens on ${here} before ${upstream.href.replace(/\/$/, '')}`)
  console.error(`Base URL for the application: ${here}${base}. Ctrl-C ends it.`)
  const stop = (): void => {
    judge.end()
    const { all } = judge.findings
    const count = (kind: Finding['kind']): number => all.filter((finding) => finding.kind === kind).length
    console.error(
      `${judge.asked} exchanges with the API: ${count('impossible')} impossible, ${count('odd')} odd` +
        `${spend === null ? '' : `; up to ${dollars(spend.spent)} spent by the price list`}.`,
    )
    har?.close()
    server.closeAllConnections()
    process.exit(count('impossible') > 0 ? 1 : 0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
}

/** @returns undefined if it cannot be written, which is then said */
function harAt(path: string, hide: typeof hideNothing): HarWriter | undefined {
  try {
    return new HarWriter(path, hide)
  } catch (error) {
    fail(`--har ${path} cannot be written: ${fileProblem(error)}`)
    return undefined
  }
}

/** The judge remembers exchanges; what was large in them it has read. */
function release(exchange: Exchange): void {
  const isLarge = (body: Exchange['requestBody']): boolean => body.kind === 'whole' && body.bytes.length > 16_384
  const gone = { kind: 'unknown', why: 'it was long, and is not kept' } as const
  if (isLarge(exchange.requestBody)) Object.assign(exchange, { requestBody: gone })
  if (isLarge(exchange.responseBody)) Object.assign(exchange, { responseBody: gone })
}

function fail(message: string): void {
  console.error(`phota-mock proxy: ${printable(message)}`)
  process.exitCode = 2
}
