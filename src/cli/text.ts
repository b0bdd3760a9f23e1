import { styleText } from 'node:util'
import type {
  ControlAccount,
  ControlAdvanceResult,
  ControlClock,
  ControlDelivery,
  ControlWorld,
} from '../spec/control/index.ts'
import { dollars } from '../text/dollars.ts'

/** Columns as wide as they need to be; the last one is left as it is. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [dim(line(header)), ...rows.map(line)].join('\n')
}

/** Without colour where there is none: `styleText` respects NO_COLOR and whether stdout is a terminal. */
export function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout })
}

/** Green for success, red for failure. */
export function coloured(text: string, isGood: boolean): string {
  return styleText(isGood ? 'green' : 'red', text, { stream: process.stdout })
}

export function clockLine({ now, mode, speed, frozen, open_requests }: ControlClock): string {
  return [
    now.replace('.000Z', 'Z'),
    `${mode}${speed === 1 ? '' : `, ${speed} times as fast`}`,
    ...(frozen ? ['frozen'] : []),
    ...(open_requests > 0 ? [`${open_requests} open ${open_requests === 1 ? 'request waits' : 'requests wait'}`] : []),
  ].join('  ')
}

const LISTED = 40

/** What happened while the clock moved. */
export function advanceText({ now, events, counts, stuck = [] }: ControlAdvanceResult): string {
  const shown = events
    .slice(0, LISTED)
    .map(({ at, kind, account, id, detail }) => [
      at,
      kind,
      account,
      [id, detail].filter((part) => part !== null && part !== '').join('  '),
    ])
  const hidden = Object.values(counts).reduce((sum, count) => sum + count, 0) - shown.length
  const summary = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  return [
    ...(shown.length > 0 ? [table(['at', 'what', 'account', ''], shown)] : []),
    ...(hidden > 0 ? [`… and ${hidden} more: ${summary.join(', ')}`] : []),
    ...stuck.map((id) => `${id} is stuck forever`),
    shown.length === 0 ? `${now}  nothing happened` : now,
  ].join('\n')
}

export function accountLine({ id, available_micro_usd, reserved_micro_usd, spent_micro_usd }: ControlAccount): string {
  return (
    `${id}  ${dollars(available_micro_usd)} available, ${dollars(reserved_micro_usd)} reserved, ` +
    `${dollars(spent_micro_usd)} spent`
  )
}

/** A delivery, and a line for each of its attempts. */
export function deliveryText({ id, job_id, url, state, next_attempt_at, attempts }: ControlDelivery): string {
  return [
    `${id}  ${coloured(state, state !== 'exhausted' && state !== 'refused')}  of job ${job_id} to ${url}`,
    ...attempts.map(({ n, at, status, error }) => `  ${n}.  ${at}  ${status ?? error ?? 'on its way'}`),
    ...(next_attempt_at === null ? [] : [`      ${next_attempt_at}  due`]),
  ].join('\n')
}

/** A World: its clock, and what its accounts have. */
export function worldText({ id, clock, accounts }: ControlWorld): string {
  return [
    `${id}  ${clockLine(clock)}`,
    ...accounts.flatMap((account) => [`  ${accountLine(account)}`, ...account.keys.map((key) => `    key ${key}`)]),
  ].join('\n')
}
