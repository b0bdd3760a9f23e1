import { styleText } from 'node:util'
import { chapters, sourceText } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import type { Plan } from '../plan.ts'
import { dollars } from '../prices.ts'
import { VERDICTS, type Verdict } from '../verdict.ts'
import { LEFT_OUT, type RuleResult, type VerifyResult } from './result.ts'

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
const WIDTH = 100

/** The table by chapter, then all that a person must know of what did not hold. */
export function terminalReport(result: VerifyResult, paint: Paint): string {
  const { target, spend, deferred, problems } = result
  // Those that nobody asked for are counted, and no more.
  const rules = result.rules.filter(({ reason }) => reason !== LEFT_OUT)
  const leftOut = result.rules.length - rules.length
  const of = (verdict: Verdict): RuleResult[] => rules.filter((rule) => rule.verdict === verdict)
  return [
    '',
    `${paint('bold', 'phota-mock verify')} ${target.base ?? target.url}`,
    paint('gray', `  ${waysOf(result)}`),
    '',
    ...Object.keys(chapters)
      .filter((chapter) => rules.some((rule) => rule.chapter === chapter))
      .flatMap((chapter) => chapterLines(rules, chapter, paint)),
    '',
    ...of('failed').flatMap((rule) => breachLines(rule, result, paint)),
    ...groupLines('error', 'could not be judged', of('error'), paint),
    ...of('note').flatMap((rule) => noteLines(rule, paint)),
    ...groupLines('skipped', 'skipped, because', of('skipped'), paint),
    ...(leftOut === 0
      ? []
      : [`${mark('skipped', paint)} skipped, because left out by --only or --skip: ${leftOut} rules`, '']),
    ...problems.map((problem) => `${mark('error', paint)} ${problem}`),
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')}: to be seen from ${deferred.dueAt} on.`]),
    spendLine(spend),
    '',
    `${headline(result, paint)}  in ${(result.durationMs / 1000).toFixed(1)} s`,
    paint('bold', result.summary),
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

function breachLines(rule: RuleResult, { exchanges }: VerifyResult, paint: Paint): string[] {
  const known = rule.expectedToFail ? paint('gray', '  (known to fail)') : ''
  const label = (text: string): string => paint('gray', `    ${text.padEnd(10)}`)
  const lines = [
    `${mark('failed', paint)} ${paint('bold', rule.id)}  ${rule.text}${known}`,
    `${label('from')}${sourceText(rule.source)}`,
    ...rule.breaches
      .slice(0, SHOWN_BREACHES)
      .flatMap(({ expected, seen, exchange }) => [
        `${label('expected')}${expected}`,
        `${label('seen')}${paint('red', seen)}${exchange === null ? '' : paint('gray', `  (exchange ${exchange})`)}`,
      ]),
    ...(rule.breaches.length > SHOWN_BREACHES
      ? [`${label('')}${paint('gray', `and ${rule.breaches.length - SHOWN_BREACHES} more in the report (--report)`)}`]
      : []),
  ]
  const shown = exchanges.find(({ id }) => id === rule.breaches.find(({ exchange }) => exchange !== null)?.exchange)
  if (shown) lines.push(...exchangeLines(shown).map((text, nth) => `${label(nth === 0 ? 'exchange' : '')}${text}`))
  if (rule.curl !== null) lines.push(`${label('again')}${rule.curl}`)
  return [...lines, '']
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
    `${mark('note', paint)} ${paint('bold', id)}  differs where the API’s guide leaves it open`,
    ...breaches.map(({ expected, seen }) => `    expected ${expected}; seen ${clip(seen)}`),
    '',
  ]
}

/** Those of one reason are told together. */
function groupLines(verdict: Verdict, words: string, rules: readonly RuleResult[], paint: Paint): string[] {
  const byReason = Map.groupBy(rules, ({ reason }) => reason ?? '')
  const lines = [...byReason].map(([reason, group]) => {
    const ids = group.map(({ id }) => id).join(', ')
    return verdict === 'skipped'
      ? `${mark(verdict, paint)} ${words} ${reason}: ${paint('gray', ids)}`
      : `${mark(verdict, paint)} ${paint('bold', ids)}  ${words}: ${reason}`
  })
  return lines.length === 0 ? [] : [...lines, '']
}

function spendLine({ limitMicroUsd, spentMicroUsd, actualMicroUsd }: VerifyResult['spend']): string {
  const limit = limitMicroUsd === null ? '' : ` of ${dollars(limitMicroUsd)} allowed`
  const actual =
    actualMicroUsd === null
      ? 'no ledger to read'
      : `${dollars(actualMicroUsd)} by the ledger, of accounts made for this run`
  return `Spent: up to ${dollars(spentMicroUsd)} by the price list${limit}; ${actual}.`
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
    `Free, or by those jobs alone: ${free.map(({ id }) => id).join(', ')}`,
    ...(skipped.length === 0
      ? []
      : ['', `Not tried: ${skipped.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`]),
    '',
    row(paint('bold', 'in all'.padEnd(34)).trimEnd(), total),
    '',
    `All of it runs with --max-spend ${(total / 1e6).toFixed(2)}${limit === null ? ' (on this host there is no limit unless you set one)' : ''}.`,
    '',
  ].join('\n')
}
