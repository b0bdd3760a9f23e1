import { allPrintable } from '../text/printable.ts'
import type { Edition } from './edition.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { LEFT_OUT, type Outcome } from './outcome.ts'
import type { Format, Paint } from './paint.ts'
import { type Breach, type Judged, SYMBOLS, VERDICTS, type Verdict } from './verdict.ts'
import { paragraph, WIDTH, wrapped } from './wrap.ts'

/** What a run has shown, as the terminal report takes it. */
export interface TerminalText<Item extends Judged> extends Outcome {
  /** What was judged: a URL, a command. */
  readonly subject: string
  /** How it was judged. */
  readonly ways: string
  readonly items: readonly Item[]
  readonly exchanges: readonly ExchangeRecord[]
  /** What is said last, each a paragraph. */
  readonly closing: readonly string[]
  readonly durationMs: number
}

const COLOURS: Readonly<Record<Verdict, Format>> = {
  passed: 'green',
  partial: 'green',
  failed: ['red', 'bold'],
  note: 'cyan',
  skipped: 'gray',
  error: ['yellow', 'bold'],
}

/**
 * A table by chapter, then details of every item that does not hold. Control characters of theirs are escaped.
 *
 * @param folder of the report, where there is one
 */
export function terminalReport<Item extends Judged>(
  given: TerminalText<Item>,
  edition: Edition<Item>,
  paint: Paint,
  folder?: string,
): string {
  const { subject, ways, items: all, exchanges, closing, problems, ...outcome } = allPrintable(given)
  // What was left out by --only or --skip is counted, but not listed.
  const items = all.filter(({ reason }) => reason !== LEFT_OUT)
  const leftOut = all.length - items.length
  const of = (verdict: Verdict): Item[] => items.filter((item) => item.verdict === verdict)
  const failed = of('failed').toSorted((a, b) => Number(a.expectedToFail) - Number(b.expectedToFail))
  return [
    '',
    `${paint('bold', edition.command)} ${subject}`,
    ...wrapped(ways, WIDTH - 2).map((line) => paint('gray', `  ${line}`)),
    '',
    ...Object.keys(edition.chapters)
      .filter((chapter) => items.some((item) => item.chapter === chapter))
      .flatMap((chapter) => chapterLines(items, chapter, edition, paint)),
    '',
    ...failed.flatMap((item) => breachLines(item, exchanges, { edition, paint, folder })),
    ...errorLines(of('error'), paint),
    ...problems.flatMap((problem) => [...marked('error', problem, paint), '']),
    ...of('note').flatMap((item) => noteLines(item, paint)),
    ...partialLines(of('partial'), edition, paint),
    ...skippedLines(of('skipped'), leftOut, edition, paint),
    ...closing.flatMap((text) => wrapped(text, WIDTH)),
    '',
    `${headline(outcome.counts, edition, paint)}  in ${(outcome.durationMs / 1000).toFixed(1)} s`,
    ...wrapped(outcome.summary, WIDTH).map((line) => paint('bold', line)),
    '',
  ].join('\n')
}

/** The number of each verdict, none hidden. */
function headline<Item extends Judged>(counts: Outcome['counts'], edition: Edition<Item>, paint: Paint): string {
  return VERDICTS.map((verdict) => {
    const text = `${counts[verdict]} ${edition.verdicts[verdict]}`
    return counts[verdict] === 0 ? paint('gray', text) : paint(COLOURS[verdict], text)
  }).join(' · ')
}

function mark(verdict: Verdict, paint: Paint): string {
  return paint(COLOURS[verdict], SYMBOLS[verdict])
}

function chapterLines<Item extends Judged>(
  items: readonly Item[],
  chapter: string,
  { chapters }: Edition<Item>,
  paint: Paint,
): string[] {
  const title = (chapters[chapter] ?? chapter).padEnd(16)
  const lines: string[] = []
  let line = ''
  let length = 0
  for (const { id, verdict } of items.filter((item) => item.chapter === chapter)) {
    const name = id.slice(chapter.length + 1)
    if (length + name.length + 4 > WIDTH - 18) {
      lines.push(line)
      line = ''
      length = 0
    }
    line += `${mark(verdict, paint)} ${verdict === 'passed' ? name : paint(COLOURS[verdict], name)}  `
    length += name.length + 4
  }
  lines.push(line)
  return lines.map((each, nth) => `  ${paint('bold', nth === 0 ? title : ' '.repeat(16))}${each.trimEnd()}`)
}

/** Of the same item; the report has them all. */
const SHOWN_BREACHES = 5
/** Where the text beside a label begins. */
const INDENT = 14

function breachLines<Item extends Judged>(
  item: Item,
  exchanges: readonly ExchangeRecord[],
  { edition, paint, folder }: { edition: Edition<Item>; paint: Paint; folder: string | undefined },
): string[] {
  const labelled = (label: string, text: string, format?: Format): string[] =>
    wrapped(text, WIDTH - INDENT).map(
      (line, nth) =>
        `${paint('gray', `    ${nth === 0 ? label : ''}`.padEnd(INDENT))}${format ? paint(format, line) : line}`,
    )
  const told = ({ expected, seen, exchange, source }: Breach): string[] => [
    ...labelled('expected', expected),
    ...labelled(
      'seen',
      exchange === null ? seen : `${seen} (exchange ${exchange})`,
      source === 'choice' ? 'cyan' : 'red',
    ),
  ]
  const known = item.expectedToFail ? ' (known to fail)' : ''
  const left = item.breaches.length - SHOWN_BREACHES
  const shown = exchanges.find(({ id }) => id === item.breaches.find(({ exchange }) => exchange !== null)?.exchange)
  const again = edition.again(item, folder)
  return [
    ...headed('failed', item.id, `${item.text}${known}`, paint),
    // Single clauses of a rule may come from elsewhere than the rule.
    ...[...Map.groupBy(item.breaches.slice(0, SHOWN_BREACHES), ({ source }) => source)].flatMap(
      ([source, breaches]) => [...labelled('from', edition.origin(item, source)), ...breaches.flatMap(told)],
    ),
    ...(left > 0 ? labelled('', `and ${left} more in the report (--report)`, 'gray') : []),
    ...edition.remarks(item).flatMap(({ label, text }) => labelled(label, text)),
    ...(shown ? exchangeLines(shown).flatMap((text, nth) => labelled(nth === 0 ? 'exchange' : '', text)) : []),
    // Not wrapped, so that it can be copied.
    ...(again === null ? [] : [`${paint('gray', '    again'.padEnd(INDENT))}${again}`]),
    '',
  ]
}

const SHOWN_HEADERS = ['X-API-Key', 'content-type', 'retry-after', 'x-request-id', 'x-phota-signature']

function exchangeLines({ request, response, problem, durationMs, direction }: ExchangeRecord): string[] {
  const headers = (all: Readonly<Record<string, string>>): string[] =>
    Object.entries(all)
      .filter(([name]) => SHOWN_HEADERS.some((shown) => shown.toLowerCase() === name.toLowerCase()))
      .map(([name, value]) => `${name}: ${value}`)
  const arrow = direction === 'sent' ? ['>', '<'] : ['<', '>']
  return [
    `${request.method} ${request.url}`,
    ...[...headers(request.headers), ...(request.body === null ? [] : [clip(request.body)])].map(
      (text) => `${arrow[0]} ${text}`,
    ),
    ...(response === null
      ? [`${arrow[1]} ${problem ?? 'no answer'}`]
      : [
          `${response.status} after ${durationMs} ms`,
          ...headers(response.headers),
          ...(direction === 'sent' ? [clip(response.body)] : []),
        ].map((text) => `${arrow[1]} ${text}`)),
  ]
}

function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function noteLines({ id, breaches }: Judged, paint: Paint): string[] {
  return [
    ...headed('note', id, 'differs where the API leaves it open', paint),
    ...breaches.flatMap(({ expected, seen }) => paragraph('', `expected ${expected}; seen ${clip(seen)}`, 4)),
    '',
  ]
}

/** Those of one reason are told together. */
function errorLines(items: readonly Judged[], paint: Paint): string[] {
  return grouped(items, ({ reason }) => reason ?? '').flatMap(([reason, ids]) => [
    ...headed('error', ids, `could not be judged: ${reason}`, paint),
    '',
  ])
}

/** Those that were tried over the same are told together. */
function partialLines<Item extends Judged>(items: readonly Item[], edition: Edition<Item>, paint: Paint): string[] {
  const lines = grouped(items, (item) =>
    [edition.tried(item), edition.untried(item)].filter((text) => text !== '').join('; '),
  ).flatMap(([tried, ids]) => headed('partial', ids, tried, paint))
  return lines.length === 0 ? [] : [...lines, '']
}

function skippedLines<Item extends Judged>(
  items: readonly Item[],
  leftOut: number,
  { skippedBecause, items: plural }: Edition<Item>,
  paint: Paint,
): string[] {
  const lines = grouped(items, ({ reason }) => reason ?? '').flatMap(([reason, ids]) =>
    marked('skipped', `${skippedBecause}${reason}: ${ids}`, paint),
  )
  if (leftOut > 0) {
    lines.push(...marked('skipped', `skipped, because left out by --only or --skip: ${leftOut} ${plural}`, paint))
  }
  return lines.length === 0 ? [] : [...lines, '']
}

function grouped<Item extends Judged>(items: readonly Item[], by: (item: Item) => string): [string, string][] {
  return [...Map.groupBy(items, by)].map(([text, group]) => [text, group.map(({ id }) => id).join(', ')])
}

/** A verdict on something: its name, and what is said of it. */
function headed(verdict: Verdict, name: string, text: string, paint: Paint): string[] {
  const [first = '', ...others] = wrapped(`${name}  ${text}`, WIDTH - 2)
  const isWhole = first.startsWith(`${name} `)
  const head = isWhole ? `${paint('bold', name)}${first.slice(name.length)}` : paint('bold', first)
  return [`${mark(verdict, paint)} ${head}`, ...others.map((line) => `  ${line}`)]
}

function marked(verdict: Verdict, text: string, paint: Paint): string[] {
  return wrapped(text, WIDTH - 2).map((line, nth) => `${nth === 0 ? mark(verdict, paint) : ' '} ${line}`)
}
