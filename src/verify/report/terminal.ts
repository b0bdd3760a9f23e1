import type { Paint } from '../../report/paint.ts'
import { terminalReport as terminalOf } from '../../report/terminal.ts'
import { WIDTH, wrapped } from '../../report/wrap.ts'
import { dollars } from '../../text/dollars.ts'
import type { Plan } from '../plan.ts'
import { edition } from './edition.ts'
import type { VerifyResult } from './result.ts'

/** @param folder of the report, where there is one */
export function terminalReport(result: VerifyResult, paint: Paint, folder?: string): string {
  const { target, rules, deferred, spend } = result
  const closing = [
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')}: to be seen from ${deferred.dueAt} on.`]),
    spendText(spend),
  ]
  const text = { ...result, subject: target.base ?? target.url, ways: waysOf(result), items: rules, closing }
  return terminalOf(text, edition, paint, folder)
}

function waysOf({ target }: VerifyResult): string {
  const control =
    target.control === null ? 'without a control API' : `control API at ${target.control}: own Worlds, clock and ledger`
  const receiver = target.receiver === null ? 'no callbacks received' : `callbacks received at ${target.receiver}`
  return `${control} · ${receiver}`
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
