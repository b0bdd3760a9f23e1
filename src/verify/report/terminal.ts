import { join } from 'node:path'
import { styleText } from 'node:util'
import { dollars } from '../../text/dollars.ts'
import { allPrintable } from '../../text/printable.ts'
import { chapters, sourceText } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import type { Plan } from '../plan.ts'
import { type Breach, VERDICTS, type Verdict } from '../verdict.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { LEFT_OUT } from './result-of.ts'
import { quotedPath } from './shell.ts'
import { triedText, untriedText } from './tried.ts'
import { paragraph, WIDTH, wrapped } from './wrap.ts'

type Format = Parameters<typeof styleText>[0]

/** With colours, or without. */
export type Paint = (format: Format, text: string) => string

export const painted: Paint = (format, text) => styleText(format, text, { validateStream: false })
export const plain: Paint = (_, text) => text

export const SYMBOLS: Readonly<Record<Verdict, string>> = {
  passed: '✓',
  partial: '◐',
  failed: '✗',
  note: '≈',
  skipped: '–',
  error: '!',
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
 * A table by chapter, then details of every rule that does not hold. Control characters from the target are escaped.
 *
 * @param folder of the report, where there is one
 */
export function terminalReport(given: VerifyResult, paint: Paint, folder?: string): string {
  const result = allPrintable(given)
  const { target, deferred, problems } = result
  // Rules that were left out by --only or --skip are counted, but not listed.
  const rules = result.rules.filter(({ reason }) => reason !== LEFT_OUT)
  const leftOut = result.rules.length - rules.length
  const of = (verdict: Verdict): RuleResult[] => rules.filter((rule) => rule.verdict === verdict)
  const failed = of('failed').toSorted((a, b) => Number(a.expectedToFail) - Number(b.expectedToFail))
  return [
    '',
    `${paint('bold', 'phota-mock verify')} ${target.base ?? target.url}`,
    ...wrapped(waysOf(result), WIDTH - 2).map((line) => paint('gray', `  ${line}`)),
    '',
    ...Object.keys(chapters)
      .filter((chapter) => rules.some((rule) => rule.chapter === chapter))
      .flatMap((chapter) => chapterLines(rules, chapter, paint)),
    '',
    ...failed.flatMap((rule) => breachLines(rule, result, { paint, folder })),
    ...errorLines(of('error'), paint),
    ...problems.flatMap((problem) => [...marked('error', problem, paint), '']),
    ...of('note').flatMap((rule) => noteLines(rule, paint)),
    ...partialLines(of('partial'), paint),
    ...skippedLines(of('skipped'), leftOut, paint),
    ...(deferred === null ? [] : wrapped(`${deferred.rules.join(', ')}: to be seen from ${deferred.dueAt} on.`, WIDTH)),
    ...wrapped(spendText(result.spend), WIDTH),
    '',
    `${headline(result, paint)}  in ${(result.durationMs / 1000).toFixed(1)} s`,
    ...wrapped(result.summary, WIDTH).map((line) => paint('bold', line)),
    '',
  ].join('\n')
}

function waysOf({ target }: VerifyResult): string {
  const control =
    target.control === null ? 'without a control API' : `control API at ${target.control}: own Worlds, clock and ledger`
  const receiver = target.receiver === null ? 'no callbacks received' : `callbacks received at ${target.receiver}`
  return `${control} · ${receiver}`
}

/** The number of each verdict, none hidden. */
export function headline({ counts }: Pick<VerifyResult, 'counts'>, paint: Paint): string {
  return VERDICTS.map((verdict) => {
    const text = `${counts[verdict]} ${verdict}`
    return counts[verdict] === 0 ? paint('gray', text) : paint(COLOURS[verdict], text)
  }).join(' · ')
}

function mark(verdict: Verdict, paint: Paint): string {
  return paint(COLOURS[verdict], SYMBOLS[verdict])
}

function chapterLines(rules: readonly RuleResult[], chapter: string, paint: Paint): string[] {
  const title = (chapters[chapter] ?? chapter).padEnd(16)
  const lines: string[] = []
  let line = ''
  let length = 0
  for (const { id, verdict } of rules.filter((rule) => rule.chapter === chapter)) {
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

/** Of the same rule; the report has them all. */
const SHOWN_BREACHES = 5
/** Where the text beside a label begins. */
const INDENT = 14

function breachLines(
  rule: RuleResult,
  { exchanges }: VerifyResult,
  { paint, folder }: { paint: Paint; folder: string | undefined },
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
  const known = rule.expectedToFail ? ' (known to fail)' : ''
  const left = rule.breaches.length - SHOWN_BREACHES
  const shown = exchanges.find(({ id }) => id === rule.breaches.find(({ exchange }) => exchange !== null)?.exchange)
  const again = againText(rule, folder)
  return [
    ...headed('failed', rule.id, `${rule.text}${known}`, paint),
    // Single clauses of a rule may come from elsewhere than the rule.
    ...[...Map.groupBy(rule.breaches.slice(0, SHOWN_BREACHES), ({ source }) => source)].flatMap(
      ([source, breaches]) => [...labelled('from', sourceText(source, rule.section)), ...breaches.flatMap(told)],
    ),
    ...(left > 0 ? labelled('', `and ${left} more in the report (--report)`, 'gray') : []),
    ...(shown ? exchangeLines(shown).flatMap((text, nth) => labelled(nth === 0 ? 'exchange' : '', text)) : []),
    // Not wrapped, so that it can be copied.
    ...(again === null ? [] : [`${paint('gray', '    again'.padEnd(INDENT))}${again}`]),
    '',
  ]
}

function againText({ again, curl }: RuleResult, folder: string | undefined): string | null {
  if (again === null) return null
  if (folder !== undefined) return `sh ${quotedPath(join(folder, again))}`
  return curl ?? 'with --report FOLDER a script that shows it is left there'
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

function noteLines({ id, breaches }: RuleResult, paint: Paint): string[] {
  return [
    ...headed('note', id, 'differs where the API leaves it open', paint),
    ...breaches.flatMap(({ expected, seen }) => paragraph('', `expected ${expected}; seen ${clip(seen)}`, 4)),
    '',
  ]
}

/** Those of one reason are told together. */
function errorLines(rules: readonly RuleResult[], paint: Paint): string[] {
  return grouped(rules, ({ reason }) => reason ?? '').flatMap(([reason, ids]) => [
    ...headed('error', ids, `could not be judged: ${reason}`, paint),
    '',
  ])
}

/** Those that were tried over the same are told together. */
function partialLines(rules: readonly RuleResult[], paint: Paint): string[] {
  const lines = grouped(rules, ({ tried }) => `${triedText(tried)}; not tried: ${untriedText(tried)}`).flatMap(
    ([tried, ids]) => headed('partial', ids, tried, paint),
  )
  return lines.length === 0 ? [] : [...lines, '']
}

function skippedLines(rules: readonly RuleResult[], leftOut: number, paint: Paint): string[] {
  const lines = grouped(rules, ({ reason }) => reason ?? '').flatMap(([reason, ids]) =>
    marked('skipped', `skipped, because ${reason}: ${ids}`, paint),
  )
  if (leftOut > 0) {
    lines.push(...marked('skipped', `skipped, because left out by --only or --skip: ${leftOut} rules`, paint))
  }
  return lines.length === 0 ? [] : [...lines, '']
}

function grouped(rules: readonly RuleResult[], by: (rule: RuleResult) => string): [string, string][] {
  return [...Map.groupBy(rules, by)].map(([text, group]) => [text, group.map(({ id }) => id).join(', ')])
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

/** What the run cost, as far as anybody can tell. */
export function spendText({
  limitMicroUsd,
  spentMicroUsd,
  releasedMicroUsd,
  actualMicroUsd,
}: VerifyResult['spend']): string {
  return [
    `Spent up to ${dollars(spentMicroUsd)} by the price list` +
      `${limitMicroUsd === null ? '' : `, of ${dollars(limitMicroUsd)} allowed`}`,
    ...(releasedMicroUsd > 0
      ? [`${dollars(releasedMicroUsd)} reserved for requests that were refused, and released`]
      : []),
    actualMicroUsd === null
      ? 'no ledger to read'
      : `${dollars(actualMicroUsd)} by the ledger, of accounts made for this run`,
  ]
    .join('; ')
    .concat('.')
}

/** What `--plan` prints. */
export function planReport({ rules, stories, total, skipped }: Plan, limit: number | null, paint: Paint): string {
  const costly = rules.filter(({ cost }) => cost > 0).toSorted((a, b) => a.cost - b.cost)
  const free = rules.filter(({ cost }) => cost === 0)
  const row = (name: string, cost: number): string => `  ${name.padEnd(34)}${dollars(cost).padStart(8)}`
  return [
    '',
    paint('bold', 'What a run costs at most, without a control API. Nothing was sent.'),
    '',
    'Jobs that several rules look at',
    ...stories.map(({ name, cost }) => row(name, cost)),
    '',
    'Rules with requests of their own',
    ...costly.map(({ id, cost }) => row(id, cost)),
    '',
    ...wrapped(`Free, or by those jobs alone: ${free.map(({ id }) => id).join(', ')}`, WIDTH),
    ...(skipped.length === 0
      ? []
      : ['', ...wrapped(`Not tried: ${skipped.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`, WIDTH)]),
    '',
    row(paint('bold', 'in all'.padEnd(34)).trimEnd(), total),
    '',
    `All of it runs with --max-spend ${(total / 1e6).toFixed(2)}` +
      `${limit === null ? ' (on this host there is no limit unless you set one)' : ''}.`,
    '',
  ].join('\n')
}
