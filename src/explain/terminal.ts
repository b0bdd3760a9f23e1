import type { ExchangeRecord } from '../report/exchange-record.ts'
import type { Format, Paint } from '../report/paint.ts'
import { WIDTH, wrapped } from '../report/wrap.ts'
import { allPrintable } from '../text/printable.ts'
import type { Finding, Kind } from './finding.ts'
import type { ExplainResult } from './result-of.ts'

const MARKS: Readonly<Record<Kind, string>> = { impossible: '✗', odd: '≈', untold: '?' }
const COLOURS: Readonly<Record<Kind, Format>> = { impossible: ['red', 'bold'], odd: 'cyan', untold: 'gray' }
const TITLES: Readonly<Record<Kind, string>> = { impossible: 'Impossible', odd: 'Odd', untold: 'Cannot be told' }

/** More are in the reports of `--report`. */
const SHOWN_FINDINGS = 20
/** Exchanges that are shown around one that shows something. */
const AROUND = 2
const INDENT = 14

/** The history as a timeline, and what was found in it, the impossible first. */
export function explainText(given: ExplainResult, paint: Paint): string {
  const result = allPrintable(given)
  const of = (kind: Kind): Finding[] => result.findings.filter((finding) => finding.kind === kind)
  return [
    '',
    `${paint('bold', 'phota-mock explain')} ${result.files.join(' ')}`,
    paint('gray', `  ${result.formats.join(', ')} · ${result.exchanges.length} exchanges with the API`),
    '',
    ...timeline(result, paint),
    '',
    ...(['impossible', 'odd', 'untold'] as const).flatMap((kind) => section(kind, of(kind), paint)),
    ...wrapped(result.summary, WIDTH).map((line) => paint('bold', line)),
    '',
  ].join('\n')
}

/** The exchanges that show something, those that this follows from, and a few around them. */
function timeline({ exchanges, findings }: ExplainResult, paint: Paint): string[] {
  const telling = new Set(
    findings.filter(({ kind }) => kind !== 'untold').flatMap(({ exchange, because }) => [exchange, ...because]),
  )
  const isShown = exchanges.map((_, nth) =>
    exchanges.slice(Math.max(0, nth - AROUND), nth + AROUND + 1).some(({ id }) => telling.has(id)),
  )
  const isShort = exchanges.length <= 30
  const startMs = Date.parse(exchanges[0]?.at ?? '')
  const lines: string[] = []
  let left = 0
  const omit = (): void => {
    if (left > 0) lines.push(paint('gray', `        … ${left} more`))
    left = 0
  }
  for (const [nth, exchange] of exchanges.entries()) {
    if (!isShort && !isShown[nth]) {
      left += 1
      continue
    }
    omit()
    lines.push(timelineLine(exchange, startMs, findings, paint))
  }
  omit()
  return lines
}

function timelineLine(exchange: ExchangeRecord, startMs: number, findings: readonly Finding[], paint: Paint): string {
  const { id, at, direction, request, response } = exchange
  const sinceMs = Date.parse(at) - startMs
  const since = Number.isNaN(sinceMs) ? '' : sinceText(sinceMs)
  const path = request.url.replace(/^https?:\/\/[^/]+/, '').split('?', 1)[0] ?? ''
  const mine = findings.filter((finding) => finding.exchange === id)
  const kind = (['impossible', 'odd', 'untold'] as const).find((each) => mine.some((one) => one.kind === each))
  const what = `${direction === 'received' ? '←' : '→'} ${request.method.padEnd(4)} ${short(path)}`
  const status = response === null ? 'no answer' : String(response.status)
  const told = stateOf(exchange)
  const rules = [...new Set(mine.filter((one) => one.kind === kind).map(({ rule }) => rule))].join(', ')
  const answered = told === '' ? status : `${status} ${told}`
  const line = `${String(id).padStart(5)} ${since.padStart(9)}  ${what.padEnd(52)} ${answered}`
  return kind === undefined ? `  ${line}` : paint(COLOURS[kind], `${MARKS[kind]} ${line}  ${rules}`)
}

function short(path: string): string {
  return path.length <= 46 ? path : `${path.slice(0, 20)}…${path.slice(-25)}`
}

function sinceText(ms: number): string {
  const seconds = ms / 1_000
  if (seconds < 100) return `+${seconds.toFixed(1)} s`
  return seconds < 7_200 ? `+${Math.round(seconds / 60)} min` : `+${(seconds / 3_600).toFixed(1)} h`
}

/** The status of the job, where the exchange tells it. */
function stateOf({ request, response, direction }: ExchangeRecord): string {
  const body = direction === 'received' ? request.body : response?.body
  return /"status":\s*"([a-z]{1,20})"/.exec(body?.slice(0, 4_000) ?? '')?.[1] ?? ''
}

function section(kind: Kind, findings: readonly Finding[], paint: Paint): string[] {
  if (findings.length === 0) return []
  const left = findings.length - SHOWN_FINDINGS
  return [
    paint(COLOURS[kind], `${TITLES[kind]} (${findings.length})`),
    ...findings.slice(0, SHOWN_FINDINGS).flatMap((finding) => findingLines(finding, paint)),
    ...(left > 0 ? [paint('gray', `  and ${left} more in the report (--report)`)] : []),
    '',
  ]
}

/** One finding, as `proxy` prints it too. */
export function findingLines({ kind, rule, exchange, because, expected, seen }: Finding, paint: Paint): string[] {
  const labelled = (label: string, text: string): string[] =>
    wrapped(text, WIDTH - INDENT).map(
      (line, nth) => paint('gray', `    ${nth === 0 ? label : ''}`.padEnd(INDENT)) + line,
    )
  const where = exchange === null ? '' : `  exchange ${exchange}`
  const from = because.length === 0 ? '' : `, after ${because.join(', ')}`
  const head = `${paint(COLOURS[kind], MARKS[kind])} ${paint('bold', rule)}${where}${from}`
  if (kind === 'untold') return [head, ...labelled('untold', expected), ...labelled('because', seen)]
  return [head, ...labelled('expected', expected), ...labelled('seen', seen)]
}
