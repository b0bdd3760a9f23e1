import { type ExchangeRecord, shownHeaders, shownText } from '../report/exchange-record.ts'
import { LEFT_OUT, outcomeOf } from '../report/outcome.ts'
import { Redactor } from '../report/redact.ts'
import { chapterOf } from '../report/selection.ts'
import type { Breach, Verdict } from '../report/verdict.ts'
import { apiVersion } from '../spec/index.ts'
import { edition } from './edition.ts'
import type { Exchange } from './exchange.ts'
import { type Habit, habits } from './habits.ts'
import type { Course } from './judge/course.ts'
import { endingOf } from './judge/trial.ts'
import type { Played } from './play.ts'
import { type GradeResult, type HabitResult, RESULT_VERSION, type RoundResult } from './result.ts'
import type { Settings } from './settings.ts'

/** What became of one habit. */
export interface Finding {
  readonly id: string
  readonly verdict: Verdict
  readonly reason: string | null
  readonly breaches: readonly Breach[]
  readonly exchanges: readonly Exchange[]
}

export interface Run {
  readonly settings: Settings
  readonly name: string
  readonly startedMs: number
  readonly finishedMs: number
  readonly course: Course
  readonly findings: readonly Finding[]
}

/** Of one habit; nobody reads more. */
const MOST_EXCHANGES = 60
const MOST_BREACHES = 50

/** All that a run has shown. */
export function resultOf({ settings, name, startedMs, finishedMs, course, findings }: Run): GradeResult {
  const redactor = redactorFor(course)
  const byId = new Map(findings.map((finding) => [finding.id, finding]))
  const shown = new Map<number, Exchange>()
  const results = habits.map((habit) => {
    const finding = byId.get(habit.id) ?? { ...LEFT, id: habit.id }
    const exchanges = telling(finding)
    for (const each of exchanges) shown.set(each.id, each)
    return habitResult(habit, finding, { exchanges, redactor, settings })
  })
  const { exitCode, summary, counts, problems } = outcomeOf(results, problemsOf(course, redactor), edition)
  return {
    version: RESULT_VERSION,
    apiVersion,
    client: redactor.text(name),
    receiver: settings.receiver,
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
    durationMs: finishedMs - startedMs,
    exitCode,
    summary,
    counts,
    problems,
    habits: results,
    rounds: course.played.map((played) => roundResult(played, redactor)),
    exchanges: [...shown.values()].toSorted((a, b) => a.id - b.id).map((each) => recordOf(each, redactor)),
  }
}

const LEFT = { verdict: 'skipped', reason: LEFT_OUT, breaches: [], exchanges: [] } as const

function redactorFor({ played }: Course): Redactor {
  const redactor = new Redactor()
  for (const { key, secret } of played) {
    redactor.add(key, '<key>', true)
    redactor.add(secret, '<webhook secret>', true)
  }
  return redactor
}

/** A client that does not work where nothing goes wrong cannot be graded. */
function problemsOf({ isWorking, asks, ordinary }: Course, redactor: Redactor): string[] {
  if (isWorking && !asks)
    return ['no request came: the client is to find the API in PHOTA_BASE_URL, or at https://api.photalabs.com']
  if (isWorking) return []
  return [redactor.text(`the client does not work even where nothing goes wrong (${endingOf(ordinary)})`)]
}

/** Those that show a breach, and the first and the last of the others. */
function telling({ exchanges, breaches }: Finding): Exchange[] {
  const all = exchanges.toSorted((a, b) => a.id - b.id)
  const wanted = new Set(breaches.map(({ exchange }) => exchange))
  const half = MOST_EXCHANGES / 2
  return all.filter(({ id }, nth) => wanted.has(id) || nth < half || nth >= all.length - half)
}

function habitResult(
  { id, text, why, guide, mend }: Habit,
  { verdict, reason, breaches }: Finding,
  { exchanges, redactor, settings }: { exchanges: readonly Exchange[]; redactor: Redactor; settings: Settings },
): HabitResult {
  return {
    id,
    verdict,
    chapter: chapterOf(id),
    text,
    source: 'guide',
    reason: reason === null ? null : redactor.text(reason),
    breaches: breaches.slice(0, MOST_BREACHES).map((breach) => ({
      ...breach,
      expected: redactor.text(breach.expected),
      seen: redactor.text(breach.seen),
    })),
    exchanges: exchanges.map((each) => each.id),
    expectedToFail: settings.expectedFailures.includes(id),
    durationMs: 0,
    why,
    guide,
    mend,
  }
}

function roundResult({ round, ending, exchanges, startedMs, endedMs }: Played, redactor: Redactor): RoundResult {
  return {
    id: round.id,
    text: round.text,
    ending: ending.kind,
    endingText: redactor.text(ending.text),
    said: shownText(ending.said.slice(-2_000), redactor),
    exchanges: exchanges.length,
    durationMs: endedMs - startedMs,
  }
}

function recordOf(exchange: Exchange, redactor: Redactor): ExchangeRecord {
  const { id, kind, atMs, endedMs, method, url, headers, body, status, responseHeaders, problem, fault } = exchange
  const isPrinted = Object.entries(responseHeaders).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    id,
    direction: kind === 'callback' ? 'sent' : 'received',
    operation: kind,
    at: new Date(atMs).toISOString(),
    durationMs: Math.round((endedMs ?? atMs) - atMs),
    request: {
      method,
      url: redactor.text(url),
      headers: shownHeaders(Object.entries(headers), redactor),
      body: body.length === 0 ? null : shownText(body.toString(), redactor),
    },
    response:
      status === 0
        ? null
        : {
            status,
            headers: shownHeaders(isPrinted, redactor),
            body: shownText(exchange.responseBody, redactor),
            bodyBytes: exchange.responseBytes,
          },
    problem: [fault, problem].filter((each) => each !== null).join('; ') || null,
  }
}
