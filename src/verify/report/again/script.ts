import { printable } from '../../../text/printable.ts'
import { quoted } from '../../../text/quoted.ts'
import type { Check } from '../../verdict.ts'
import type { RuleResult } from '../result.ts'
import { wordOf } from '../shell.ts'
import { FUNCTIONS, START } from './prelude.ts'
import type { Replay, Step } from './replay.ts'
import { variables } from './request.ts'

const OWNERS: Readonly<Record<string, string>> = {
  PHOTA_KEY: 'an API key',
  PHOTA_OTHER_KEY: 'a key of another account',
  PHOTA_BROKE_KEY: 'a key of an account without money',
}

/** A script for sh and curl that sends the requests of a replay, and says whether the breach is still there. */
export function replayScript(rule: RuleResult, { base, steps, left }: Replay): string {
  const keys = [...new Set(steps.flatMap((step) => step.keys))]
  const [there, gone] =
    rule.verdict === 'note'
      ? ['still differs', 'does not differ any more']
      : ['is still broken', 'is not broken any more']
  return [
    '#!/bin/sh',
    `# ${rule.id}: ${printable(rule.text)}`,
    '#',
    `# Sends the ${steps.length === 1 ? 'request' : `${steps.length} requests`} that showed it, and says whether ` +
      `the rule ${there}.`,
    ...(steps.some(isSubmit) ? ['# It may make jobs, which cost what they always cost there.'] : []),
    ...(left > 0 ? [`# ${left} more of what was wrong can be seen by \`phota-mock verify\` alone.`] : []),
    `# Environment: ${[...keys, 'PHOTA_URL (another place to ask)', 'JOB_TIMEOUT (seconds)'].join(', ')}`,
    '# Exit: 0 it is gone, 1 it is still there, 2 it could not be told.',
    'set -eu',
    'LC_ALL=C',
    'export LC_ALL',
    '',
    FUNCTIONS,
    `base=${quoted(base)}`,
    START,
    ...keys.map(
      (key) =>
        `[ -n "\${${key}:-}" ] || ` +
        `could_not_tell ${quoted(`${key} is not set: it is to be ${OWNERS[key]} of that implementation`)}`,
    ),
    ...steps.flatMap((step) => ['', ...stepLines(step, steps)]),
    '',
    'if [ "$broken" -eq 1 ]; then',
    `  echo ${quoted(`${rule.id} ${there}`)}`,
    '  exit 1',
    'fi',
    `[ "$missed" -eq 0 ] || could_not_tell 'a job had ended before it was seen running'`,
    `echo ${quoted(`${rule.id} ${gone}`)}`,
    '',
  ].join('\n')
}

function stepLines(step: Step, steps: readonly Step[]): string[] {
  const { exchange, waitsFor, download, captures, checks } = step
  const isRefusalOfKey = step.keys.length > 0 && exchange.response?.status !== 401 && !checks.some(wants401)
  const mustSucceed = checks.length === 0 || captures.jobId || captures.pollUrl
  const what = `${exchange.request.method} ${printable(exchange.request.url.split('?')[0] ?? '')}`
  const lines = [
    ...(download === null ? [] : downloadLines(step, download.nth)),
    sendLine(step),
    ...(isRefusalOfKey
      ? [`[ "$status" != 401 ] || could_not_tell ${quoted(`${step.keys.join(', ')} was refused (401)`)}`]
      : []),
    ...checks.flatMap(({ breach, check }) => checkLines(check, breach.expected, step)),
    ...(mustSucceed ? [`succeeded || could_not_tell "${dollarless(what)} was answered $status $(text)"`] : []),
    ...(captures.jobId
      ? [`${variables.job(exchange.id)}=$(plain "$(field job_id)") || could_not_tell 'the answer has no job_id'`]
      : []),
    ...(captures.pollUrl
      ? [
          `${variables.pollUrl(exchange.id)}=$(followed "$(field poll_url)") || ` +
            `could_not_tell 'the answer has no poll_url of that host'`,
        ]
      : []),
  ]
  const title = `# Exchange ${exchange.id} of the report`
  if (waitsFor === null) return [title, ...lines]
  const wait = waitLine(waitsFor, steps)
  if (waitsFor.until === 'ended') return [title, wait, ...lines]
  return [title, `if ${wait}; then`, ...lines.map((line) => `  ${line}`), 'else', '  missed=1', 'fi']
}

/** Ours stands between double quotes, so nothing in it may be expanded. */
function dollarless(text: string): string {
  return text.replace(/[^A-Za-z0-9 /:._~-]/g, '?')
}

function isSubmit({ exchange }: Step): boolean {
  return exchange.request.method === 'POST'
}

function wants401({ check }: { check: Check }): boolean {
  return check.kind === 'status' && check.wanted.includes(401)
}

/** Polls with the key that submitted the job. */
function waitLine({ submit, until }: NonNullable<Step['waitsFor']>, steps: readonly Step[]): string {
  const [key] = steps.find(({ exchange }) => exchange.id === submit)?.keys ?? []
  return `await_job "$${variables.job(submit)}" "${key === undefined ? '' : `$${key}`}" ${until}`
}

function downloadLines({ exchange }: Step, nth: number): string[] {
  const name = variables.download(exchange.id)
  return [
    `${name}=$(plain "$(download_url ${nth})") || could_not_tell 'the job has no download URL ${nth}'`,
    `must_be_http "$${name}"`,
  ]
}

function sendLine({ method, headers, body, url, isLong }: Step): string {
  return [
    `send --max-time ${isLong ? '"$JOB_TIMEOUT"' : '60'}`,
    ...optionsOf({ method, headers, body }),
    `--url ${wordOf(url)}`,
  ].join(' ')
}

/** What of a request goes into curl's options. */
export function optionsOf({ method, headers, body }: Pick<Step, 'method' | 'headers' | 'body'>): string[] {
  const isImplied = method === 'GET' ? body === null : method === 'POST' && body !== null
  return [
    ...(isImplied ? [] : [`-X ${method}`]),
    ...headers.map(({ name, value }) => `-H ${headerWord(name, value)}`),
    ...(body === null ? [] : [`--data-raw ${wordOf(body)}`]),
  ]
}

function headerWord(name: string, value: Step['headers'][number]['value']): string {
  const [only] = value
  return typeof only === 'object' ? `"${name}: $${only.name}"` : quoted(`${name}: ${only}`)
}

function checkLines(check: Check, expected: string, { exchange }: Step): string[] {
  const wanted = quoted(printable(expected))
  const statusClass = Math.floor((exchange.response?.status ?? 200) / 100)
  const sameKind = `[ "\${status%??}" = ${statusClass} ] || could_not_tell "it was answered $status $(text)"`
  /** Sets `is`, by whether a test succeeds. */
  const goneIf = (command: string, isGone: boolean): string =>
    `${command} && is=${isGone ? 'gone' : 'there'} || is=${isGone ? 'there' : 'gone'}`
  switch (check.kind) {
    case 'status':
      return [goneIf(`status_is ${quoted(check.wanted.join(' '))}`, true), `say "$is" ${wanted} "$status $(text)"`]
    case 'body':
      return [
        sameKind,
        goneIf(`body_matches ${quoted(check.pattern)}`, check.isWanted),
        `say "$is" ${wanted} "$status $(text)"`,
      ]
    case 'count':
      return [
        sameKind,
        `count=$(matches ${quoted(check.pattern)})`,
        goneIf(`[ "$count" -eq ${check.wanted} ]`, true),
        `say "$is" ${wanted} "$count times: $status $(text)"`,
      ]
    case 'job':
      return [
        ...(check.isSame ? [] : ['succeeded || could_not_tell "it was answered $status $(text)"']),
        goneIf(`[ "$(plain "$(field job_id)")" = "$${variables.job(check.of)}" ]`, check.isSame),
        `say "$is" ${wanted} "$status $(text)"`,
      ]
    default:
      return check satisfies never
  }
}
