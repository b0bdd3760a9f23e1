import type { JSX } from 'preact'
import type { JournalFilter } from '../../control/index.ts'
import { lists } from '../../control/lists.ts'
import { clockText } from '../format.ts'
import { act } from '../state/act.ts'
import { goInstead, href, route, setQuery, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { Problem } from '../ui/problem.tsx'
import { Scrolls } from '../ui/scrolls.tsx'
import { EntryDetail } from './journal/entry-detail.tsx'

const STATUSES = ['2xx', '4xx', '5xx', '402', '404', '410', '422', '429', '503', '504'] as const
const PAGE = 200

/** Every request and its answer, newest first. */
export function JournalPage(): JSX.Element {
  const { id, query } = route.value
  const { search = '', status = '', operation = '', subject = '', limit = String(PAGE) } = query
  const where: JournalFilter = {
    ...(search !== '' && { search }),
    ...(status !== '' && { status }),
    ...(operation !== '' && { operation }),
    ...(subject !== '' && { subject }),
  }
  const { value: entries, error } = useLive(
    () => world.peek().journal.list({ ...where, limit: Number(limit) }),
    JSON.stringify([worldId.value, where, limit]),
  )
  const chosen = entries?.find((entry) => entry.request_id === id)
  return (
    <section aria-label="Journal">
      <div class="toolbar">
        <label>
          <span class="hidden">Search the journal</span>
          <input
            type="search"
            data-search
            placeholder="Search path, body, answer"
            value={search}
            onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
          />
        </label>
        <Choice name="status" every="every status" value={status} choices={STATUSES} />
        <Choice name="operation" every="every operation" value={operation} choices={lists.OperationName} />
        {subject !== '' && (
          <button type="button" onClick={() => setQuery({ subject: '' })}>
            about {subject.slice(0, 8)} <span aria-hidden="true">✕</span>
          </button>
        )}
        <button type="button" onClick={() => exportHar(where)}>
          Download HAR
        </button>
      </div>
      <Problem text={error} />
      <div class={chosen ? 'split' : ''}>
        <Scrolls label="Requests">
          <table class="journal">
            <caption>Newest first, by arrival</caption>
            <thead>
              <tr>
                <th scope="col">At (UTC)</th>
                <th scope="col">Status</th>
                <th scope="col">Request</th>
                <th scope="col" class="wide">
                  Account
                </th>
              </tr>
            </thead>
            <tbody>
              {entries?.map((entry) => (
                <tr key={entry.request_id} class={entry === chosen ? 'chosen' : ''}>
                  <td class="time">
                    <span class="wide">{clockText(Date.parse(entry.at)).slice(5, 11)}</span>
                    {clockText(Date.parse(entry.at)).slice(11)}
                  </td>
                  <td>
                    <span class={`code s${String(entry.status ?? 0)[0]}`}>{entry.status ?? '–'}</span>
                    {entry.warnings.length > 0 && <span title={entry.warnings.join('; ')}> ⚠</span>}
                  </td>
                  <td class="path">
                    <a
                      href={href({ section: 'journal', id: entry.request_id, query })}
                      data-row
                      aria-current={entry === chosen ? 'true' : undefined}
                      onClick={(event) => {
                        // From entry to entry, Back and Esc lead to the list.
                        if (!chosen) return
                        event.preventDefault()
                        goInstead({ section: 'journal', id: entry.request_id, query })
                      }}
                    >
                      {entry.method} {entry.path.split('?', 1)[0]}
                    </a>
                  </td>
                  <td class="wide">{entry.account ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {entries?.length === 0 && <p class="muted">No requests{Object.keys(where).length > 0 && ' match'}.</p>}
          {entries !== undefined && entries.length >= Number(limit) && (
            <button type="button" onClick={() => setQuery({ limit: String(Number(limit) + PAGE) })}>
              Show older
            </button>
          )}
        </Scrolls>
        {chosen && <EntryDetail key={chosen.request_id} entry={chosen} />}
      </div>
    </section>
  )
}

interface ChoiceProps {
  readonly name: 'status' | 'operation'
  readonly every: string
  readonly value: string
  readonly choices: readonly string[]
}

function Choice({ name, every, value, choices }: ChoiceProps): JSX.Element {
  return (
    <select aria-label={name} value={value} onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value })}>
      <option value="">{every}</option>
      {choices.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  )
}

/** Downloads by the control client, because a plain link would not send the token. */
function exportHar(where: JournalFilter): Promise<boolean> {
  return act(async () => {
    const archive = await world.peek().journal.export(where)
    const url = URL.createObjectURL(new Blob([JSON.stringify(archive, null, 2)], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${worldId.peek()}.har`
    link.click()
    URL.revokeObjectURL(url)
    return 'Exported the journal, without keys and secrets.'
  })
}
