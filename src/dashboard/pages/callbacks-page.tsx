import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { clockText } from '../format.ts'
import { act } from '../state/act.ts'
import { goInstead, href, route, setQuery, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { Problem } from '../ui/problem.tsx'
import { Scrolls } from '../ui/scrolls.tsx'
import { DeliveryCard } from './job/delivery-card.tsx'

type Delivery = control.ControlDelivery

const STATES: Readonly<Record<Delivery['state'], string>> = {
  waiting: 'waiting for an attempt',
  'in-flight': 'in flight',
  delivered: 'delivered',
  exhausted: 'given up after the last attempt',
  refused: 'refused: the host may not be called',
}
const PAGE = 200

/** Every callback of the World, newest first. */
export function CallbacksPage(): JSX.Element {
  const { id, query } = route.value
  const { search = '', state = '', limit = String(PAGE) } = query
  const where = {
    ...(search !== '' && { search }),
    ...(state !== '' && { state: state as Delivery['state'] }),
    limit: Number(limit),
  }
  const { value, error } = useLive(() => world.peek().deliveries.list(where), JSON.stringify([worldId.value, where]))
  const newest = value?.toSorted((a, b) => b.created_at.localeCompare(a.created_at))
  const chosen = newest?.find((one) => one.id === id)
  return (
    <section aria-label="Callbacks">
      <div class="toolbar">
        <label>
          <span class="hidden">Search callbacks</span>
          <input
            type="search"
            data-search
            placeholder="Search receiver, body, job id"
            value={search}
            onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
          />
        </label>
        <select
          aria-label="Outcome"
          value={state}
          onChange={({ currentTarget }) => setQuery({ state: currentTarget.value })}
        >
          <option value="">every outcome</option>
          {Object.entries(STATES).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
        <Receivers deliveries={newest ?? []} search={search} />
      </div>
      <Problem text={error} />
      <div class={chosen ? 'split' : ''}>
        <div>
          <Scrolls label="Callbacks">
            <table class="callbacks">
              <caption>Newest first, by when they were made</caption>
              <thead>
                <tr>
                  <th scope="col">Made (UTC)</th>
                  <th scope="col">Outcome</th>
                  <th scope="col">Receiver</th>
                  <th scope="col">Attempts</th>
                  <th scope="col">Job</th>
                  <th scope="col" class="wide">
                    Account
                  </th>
                  <th scope="col">
                    <span class="hidden">Action</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {newest?.map((one) => (
                  <Row key={one.id} delivery={one} isChosen={one === chosen} isOpen={chosen !== undefined} />
                ))}
              </tbody>
            </table>
          </Scrolls>
          {newest?.length === 0 && (
            <p class="muted">{search + state === '' ? 'No callbacks yet.' : 'No callback matches.'}</p>
          )}
          {newest !== undefined && newest.length >= Number(limit) && (
            <button type="button" onClick={() => setQuery({ limit: String(Number(limit) + PAGE) })}>
              Show older
            </button>
          )}
        </div>
        {chosen && (
          <div class="entry">
            <DeliveryCard key={chosen.id} delivery={chosen} />
          </div>
        )}
      </div>
    </section>
  )
}

/** The receivers in the list, to choose from; the choice is a search for its origin. */
function Receivers({ deliveries, search }: { deliveries: readonly Delivery[]; search: string }): JSX.Element {
  const origins = new Set(deliveries.map(({ url }) => originOf(url)))
  if (search !== '') origins.add(search)
  return (
    <select
      aria-label="Receiver"
      value={search}
      onChange={({ currentTarget }) => setQuery({ search: currentTarget.value })}
    >
      <option value="">every receiver</option>
      {[...origins].sort().map((origin) => (
        <option key={origin}>{origin}</option>
      ))}
    </select>
  )
}

interface RowProps {
  readonly delivery: Delivery
  readonly isChosen: boolean
  /** Whether another row is open; this row then replaces it in the history. */
  readonly isOpen: boolean
}

function Row({ delivery, isChosen, isOpen }: RowProps): JSX.Element {
  const { id, state, url, attempts, job_id: job, account, created_at } = delivery
  const last = attempts.at(-1)
  const to = { section: 'callbacks', id, query: route.value.query } as const
  const resend = (): Promise<boolean> =>
    act(async () => `Sent again, as delivery ${(await world.peek().deliveries.redeliver(id)).id}.`)
  const replace = (event: MouseEvent): void => {
    // From callback to callback, Back and Esc lead to the list.
    if (!isOpen) return
    event.preventDefault()
    goInstead(to)
  }
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <td class="time">{clockText(Date.parse(created_at))}</td>
      <td>
        <span class={`badge ${state}`} title={STATES[state]}>
          {state}
        </span>
      </td>
      <td class="path">
        <a href={href(to)} data-row aria-current={isChosen ? 'true' : undefined} onClick={replace}>
          {url}
        </a>
      </td>
      <td>
        {attempts.length}
        {last && `, last: ${last.status ?? last.error ?? 'on its way'}`}
      </td>
      <td>
        <a href={href({ section: 'jobs', id: job })}>
          <code>{job.slice(0, 8)}</code>
        </a>
      </td>
      <td class="wide">{account}</td>
      <td>
        <button
          type="button"
          class="small"
          onClick={resend}
          aria-label={`Resend the callback of job ${job.slice(0, 8)}`}
        >
          Resend
        </button>
      </td>
    </tr>
  )
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url
}
