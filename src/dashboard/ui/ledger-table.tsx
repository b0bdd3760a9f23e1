import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { dollars } from '../../text/dollars.ts'
import { clockText } from '../format.ts'
import { href } from '../state/route.ts'
import { Scrolls } from './scrolls.tsx'

type Entry = control.ControlLedger['entries'][number]

const PAGE = 100

/** Where an amount goes: + makes it available, − takes it from what is named first. */
const FLOWS: Readonly<Record<Entry['kind'], { sign: string; way: string }>> = {
  deposit: { sign: '+', way: '→ available' },
  reservation: { sign: '−', way: 'available → reserved' },
  settlement: { sign: '−', way: 'reserved → spent' },
  release: { sign: '+', way: 'reserved → available' },
}

/** @param entries in the order of booking; shown the last first */
export function LedgerTable({ entries, caption }: { entries: readonly Entry[]; caption: string }): JSX.Element {
  const most = useSignal(PAGE)
  const shown = entries.slice(-most.value).reverse()
  return (
    <>
      <Scrolls label={caption}>
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">At (UTC)</th>
              <th scope="col">Kind</th>
              <th scope="col" class="number">
                Amount
              </th>
              <th scope="col">For</th>
              <th scope="col" class="number">
                Available
              </th>
              <th scope="col" class="number">
                Reserved
              </th>
              <th scope="col" class="number">
                Spent
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => (
              <tr key={entry.seq}>
                <td>{clockText(Date.parse(entry.at))}</td>
                <td>
                  {entry.kind} <span class="muted">{FLOWS[entry.kind].way}</span>
                </td>
                <td class="number">
                  {FLOWS[entry.kind].sign}
                  {dollars(entry.amount_micro_usd)}
                </td>
                <td>
                  {entry.subject === null ? (
                    '–'
                  ) : (
                    <a href={href({ section: 'jobs', id: entry.subject })}>{entry.subject.slice(0, 8)}</a>
                  )}
                </td>
                <td class="number">{dollars(entry.available_micro_usd)}</td>
                <td class="number">{dollars(entry.reserved_micro_usd)}</td>
                <td class="number">{dollars(entry.spent_micro_usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {entries.length === 0 && <p class="muted">No entries.</p>}
      {shown.length < entries.length && (
        <button type="button" onClick={() => (most.value += PAGE)}>
          Show older ({entries.length - shown.length} more)
        </button>
      )}
    </>
  )
}
