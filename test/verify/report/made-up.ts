import type { ExchangeRecord } from '../../../src/report/exchange-record.ts'
import type { Verdict } from '../../../src/report/verdict.ts'
import type { VerifyResult } from '../../../src/verify/report/result.ts'
import { resultOf } from '../../../src/verify/report/result-of.ts'
import { resolveOptions, type VerifyOptions } from '../../../src/verify/settings.ts'
import type { Breach, Finding } from '../../../src/verify/verdict.ts'

/** A run that never was, of findings made up for a test. */
export function madeUp(findings: readonly Finding[], options: Partial<VerifyOptions> = {}): VerifyResult {
  const url = options.url ?? 'http://127.0.0.1:9'
  const end = {
    base: `${url}/v1/phota`,
    controlUrl: null,
    receiverUrl: null,
    spentMicroUsd: 1_200_000,
    releasedMicroUsd: 300_000,
    actualMicroUsd: null,
    deferred: [],
    expiring: [],
  }
  return resultOf({ settings: resolveOptions({ url, ...options }), startedMs: Date.now(), findings, end, problems: [] })
}

export function finding(id: string, verdict: Verdict, more: Partial<Finding> = {}): Finding {
  const reason = verdict === 'skipped' || verdict === 'error' ? 'of something' : null
  return { id, verdict, reason, breaches: [], tried: [], exchanges: [], durationMs: 1, ...more }
}

export function breach(more: Partial<Breach> = {}): Breach {
  return { expected: '404', seen: '200', exchange: null, source: 'guide', check: null, ...more }
}

export function exchange(more: {
  id?: number
  operation?: string
  request?: Partial<ExchangeRecord['request']>
  response?: Partial<NonNullable<ExchangeRecord['response']>>
}): ExchangeRecord {
  const request = { method: 'GET', url: 'http://127.0.0.1:9/v1/phota/jobs/x', headers: {}, body: null }
  const response = { status: 200, headers: {}, body: '{}', bodyBytes: 2 }
  return {
    id: more.id ?? 1,
    direction: 'sent',
    operation: more.operation ?? 'getJob',
    at: '2026-06-22T12:00:00.000Z',
    durationMs: 3,
    request: { ...request, ...more.request },
    response: { ...response, ...more.response },
    problem: null,
  }
}
