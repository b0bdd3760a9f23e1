import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { clockText, usd } from '../format.ts'
import { href } from '../state/route.ts'

type Entry = control.ControlLedger['entries'][number]

const PAGE = 100

/** @param entries oldest first; shown newest first */
export function LedgerTable({ entries, caption }: { entries: readonly Entry[]; caption: string }): JSX.Element {
  const most = useSignal(PAGE)
  const shown = entries.slice(-most.value).reverse()
  return (
    <>
      <div class="scrolls">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">At</th>
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
                <td>{entry.kind}</td>
                <td class="number">{usd(entry.amount_micro_usd)}</td>
                <td>
                  {entry.subject === null ? (
                    '–'
                  ) : (
                    <a href={href({ section: 'jobs', id: entry.subject })}>{entry.subject.slice(0, 8)}</a>
                  )}
                </td>
                <td class="number">{usd(entry.available_micro_usd)}</td>
                <td class="number">{usd(entry.reserved_micro_usd)}</td>
                <td class="number">{usd(entry.spent_micro_usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {entries.length === 0 && <p class="muted">No entries.</p>}
      {shown.length < entries.length && (
        <button type="button" onClick={() => (most.value += PAGE)}>
          Show older ({entries.length - shown.length} more)
        </button>
      )}
    </>
  )
}
