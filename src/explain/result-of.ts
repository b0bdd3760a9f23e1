import { type ExchangeRecord, shownHeaders, shownText } from '../report/exchange-record.ts'
import { type Outcome, outcomeOf } from '../report/outcome.ts'
import { Redactor } from '../report/redact.ts'
import type { Judged, Verdict } from '../report/verdict.ts'
import { apiVersion, CHAPTERS, rules } from '../spec/index.ts'
import { KEY_HEADER } from './accounts.ts'
import { edition, HABITS } from './edition.ts'
import { type Exchange, fieldOf, jsonOf, type RecordedBody, textOf } from './exchange.ts'
import type { Finding } from './finding.ts'
import type { History } from './history.ts'
import type { Judge } from './judge.ts'

/** Changes only when a field changes its meaning or goes; new ones may come. */
export const RESULT_VERSION = 1

/** One rule, or one habit of the client. */
export interface ExplainedRule extends Judged {
  /** What of it the recording does not tell. */
  readonly untold: readonly Finding[]
}

/** What `explain --json` prints, and `result.json`. */
export interface ExplainResult extends Outcome {
  readonly version: typeof RESULT_VERSION
  readonly apiVersion: string
  readonly files: readonly string[]
  readonly formats: readonly string[]
  /** The first impossible step, in the order of the history; `null` if there is none. */
  readonly first: Finding | null
  /** In the order of the history. */
  readonly findings: readonly Finding[]
  readonly rules: readonly ExplainedRule[]
  /** Those with the API: requests, callbacks, downloads. */
  readonly exchanges: readonly ExchangeRecord[]
  /** How many others the recordings have. */
  readonly others: number
  readonly startedAt: string | null
  readonly durationMs: number
}

/** What a report of a history needs beside its findings. */
export interface Explained {
  readonly files: readonly string[]
  readonly history: History
  readonly judge: Judge
  /** Secrets that the caller gave: shown nowhere. */
  readonly secrets?: readonly string[]
}

export function explainResult({ files, history, judge, secrets = [] }: Explained): ExplainResult {
  const redactor = redactorOf(history.exchanges, secrets)
  const clean = (finding: Finding): Finding => redacted(finding, redactor)
  const findings = judge.findings.all.map(clean).sort((a, b) => (a.exchange ?? Infinity) - (b.exchange ?? Infinity))
  const items = itemsOf(findings, judge)
  const mine = history.exchanges.filter(({ id }) => judge.kinds.has(id))
  const problems = mine.length === 0 ? [nothingSeen(history)] : []
  const { exitCode, counts, ...outcome } = outcomeOf(items, problems, edition)
  const [startMs, endMs] = [mine[0]?.startMs ?? null, mine.at(-1)?.endMs ?? null]
  const first = findings.find(({ kind }) => kind === 'impossible') ?? null
  return {
    version: RESULT_VERSION,
    apiVersion,
    files,
    formats: history.recordings.map(({ format }) => format),
    exitCode,
    summary: problems.length > 0 ? outcome.summary : summaryOf(first, findings, mine.length),
    problems,
    counts,
    first,
    findings,
    rules: items,
    exchanges: mine.map((exchange) => recordOf(exchange, judge.kinds.get(exchange.id) ?? '', redactor)),
    others: history.exchanges.length - mine.length,
    startedAt: startMs === null ? null : new Date(startMs).toISOString(),
    durationMs: startMs === null || endMs === null ? 0 : Math.max(0, Math.round(endMs - startMs)),
  }
}

function nothingSeen({ exchanges }: History): string {
  return (
    `none of ${exchanges.length} ${exchanges.length === 1 ? 'exchange' : 'exchanges'} is with the API: no path ` +
    'follows its base. If it has another one, say --base'
  )
}

function summaryOf(first: Finding | null, findings: readonly Finding[], exchanges: number): string {
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length
  const rest = `${count('odd')} odd, ${count('untold')} cannot be told`
  if (first === null)
    return `Nothing in ${exchanges} ${exchanges === 1 ? 'exchange' : 'exchanges'} is impossible; ${rest}.`
  const others = count('impossible') - 1
  const more = others === 0 ? '' : `, and ${others} more after it`
  return `Impossible at exchange ${first.exchange}, by ${first.rule}${more}; ${rest}.`
}

function itemsOf(findings: readonly Finding[], judge: Judge): ExplainedRule[] {
  const ofRule = Map.groupBy(findings, ({ rule }) => rule)
  const held = rules.filter(({ ofVerifier }) => !ofVerifier)
  const habits = HABITS.filter(({ id }) => ofRule.has(id))
  return [...held.map((rule) => ({ ...rule, chapter: chapterOf(rule.id) })), ...habits].map((rule) => {
    const { id, text, source, chapter } = rule
    const mine = ofRule.get(id) ?? []
    const breaches = mine.filter(({ kind }) => kind !== 'untold')
    const untold = mine.filter(({ kind }) => kind === 'untold')
    const looks = judge.findings.looks.get(id) ?? new Set()
    const verdict = verdictOf(breaches, untold, looks.size)
    return {
      id,
      chapter,
      text,
      source,
      verdict,
      reason: verdict !== 'skipped' ? null : untold.length > 0 ? untoldText(untold) : 'nothing in the history shows it',
      breaches: breaches.map(({ expected, seen, exchange, source }) => ({ expected, seen, exchange, source })),
      untold,
      exchanges: [
        ...new Set([...mine.flatMap(({ exchange, because }) => [exchange ?? [], because].flat()), ...looks]),
      ].sort((a, b) => a - b),
      expectedToFail: false,
      durationMs: 0,
    }
  })
}

export function untoldText(untold: readonly Finding[]): string {
  return untold.map(({ expected, seen }) => `${expected} (${seen})`).join('; ')
}

function verdictOf(breaches: readonly Finding[], untold: readonly Finding[], looks: number): Verdict {
  if (breaches.some(({ kind }) => kind === 'impossible')) return 'failed'
  if (breaches.length > 0) return 'note'
  if (looks === 0) return 'skipped'
  return untold.length > 0 ? 'partial' : 'passed'
}

function chapterOf(id: string): string {
  const chapter = id.split('.', 1)[0] ?? ''
  return chapter in CHAPTERS ? chapter : 'habit'
}

/** Everything that is secret in a history: keys, webhook secrets, and by the redactor itself tokens of URLs. */
function redactorOf(exchanges: readonly Exchange[], given: readonly string[]): Redactor {
  const redactor = new Redactor()
  const keys = new Set<string>()
  for (const secret of given) redactor.add(secret, '<secret>', true)
  for (const { requestHeaders, responseBody } of exchanges) {
    const key = requestHeaders.get(KEY_HEADER)
    if (key !== undefined && !/^<.*>$/.test(key) && !keys.has(key) && keys.size < 1_000) {
      keys.add(key)
      redactor.add(key, `<key ${keys.size}>`, true)
    }
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) {
      const value = requestHeaders.get(name)
      if (value !== undefined) redactor.add(value, `<${name}>`)
    }
    const secret = fieldOf(jsonOf(responseBody), 'webhook_signing_secret')
    if (typeof secret === 'string') redactor.add(secret, '<webhook secret>', secret.length >= 8)
  }
  return redactor
}

function redacted(finding: Finding, redactor: Redactor): Finding {
  return { ...finding, expected: redactor.text(finding.expected), seen: redactor.text(finding.seen) }
}

function recordOf(exchange: Exchange, kind: string, redactor: Redactor): ExchangeRecord {
  const { id, method, url, startMs, endMs, status } = exchange
  return {
    id,
    direction: kind === 'callback' ? 'received' : 'sent',
    operation: kind,
    at: startMs === null ? 'at an unknown time' : new Date(startMs).toISOString(),
    durationMs: startMs === null || endMs === null ? 0 : Math.round(endMs - startMs),
    request: {
      method,
      url: redactor.text(url),
      headers: shownHeaders(exchange.requestHeaders, redactor),
      body: exchange.requestBody.kind === 'none' ? null : shownBody(exchange.requestBody, redactor),
    },
    response:
      status === null
        ? null
        : {
            status,
            headers: shownHeaders(exchange.responseHeaders, redactor),
            body: shownBody(exchange.responseBody, redactor),
            bodyBytes: exchange.responseBody.kind === 'whole' ? exchange.responseBody.bytes.length : 0,
          },
    problem: status === null ? 'no answer is in the recording' : null,
  }
}

function shownBody(body: RecordedBody, redactor: Redactor): string {
  if (body.kind === 'none') return ''
  if (body.kind === 'unknown') return `(${body.why})`
  if (body.bytes.includes(0)) return `(${body.bytes.length} bytes)`
  return shownText(textOf(body) ?? '', redactor)
}
