import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { dollars } from '../../text/dollars.ts'
import { clockText, timeText } from '../format.ts'
import { href, route, setQuery, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { Problem } from '../ui/problem.tsx'
import { Scrolls } from '../ui/scrolls.tsx'

type Profile = control.ControlProfile

const COURSE = ['VALIDATING', 'QUEUING', 'IN_PROGRESS', 'READY'] as const

/** Every account's profiles, newest first, and how far each one's training is. */
export function ProfilesPage(): JSX.Element {
  const { value, error } = useLive(() => world.peek().profiles.list(), worldId.value)
  const { search = '' } = route.value.query
  const newest = value?.toSorted((a, b) => b.created_at.localeCompare(a.created_at))
  const shown = newest?.filter((profile) => matches(profile, search.trim().toLowerCase()))
  return (
    <section aria-label="Profiles">
      <div class="toolbar">
        <label>
          <span class="hidden">Search profiles</span>
          <input
            type="search"
            data-search
            placeholder="Search id, account, tag, status"
            value={search}
            onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
          />
        </label>
      </div>
      <Problem text={error} />
      <Scrolls label="Profiles">
        <table>
          <caption>Newest first, by when they were added</caption>
          <thead>
            <tr>
              <th scope="col">Added (UTC)</th>
              <th scope="col">Profile</th>
              <th scope="col">Account</th>
              <th scope="col">Tag</th>
              <th scope="col">Tier</th>
              <th scope="col">Training</th>
              <th scope="col" class="number">
                Reserved
              </th>
              <th scope="col">Requests</th>
            </tr>
          </thead>
          <tbody>
            {shown?.map((profile) => (
              <Row key={profile.profile_id} profile={profile} />
            ))}
          </tbody>
        </table>
      </Scrolls>
      {shown?.length === 0 && (
        <p class="muted">
          {value?.length === 0 ? 'No profiles. POST /v1/phota/profiles/add trains one.' : 'No profile matches.'}
        </p>
      )}
    </section>
  )
}

function matches({ profile_id, account, tag, status }: Profile, text: string): boolean {
  return `${profile_id} ${account} ${tag ?? ''} ${status}`.toLowerCase().includes(text)
}

function Row({ profile }: { profile: Profile }): JSX.Element {
  const { profile_id: id, account, tag, training_tier, message, created_at, reserved_micro_usd } = profile
  return (
    <tr>
      <td class="time">{clockText(Date.parse(created_at))}</td>
      <td>
        <code>{id}</code>
      </td>
      <td>
        <a href={href({ section: 'accounts', id: account })}>{account}</a>
      </td>
      <td>{tag ?? '–'}</td>
      <td>{training_tier}</td>
      <td>
        <Training profile={profile} />
        {message !== '' && <span class="training-message">{message}</span>}
      </td>
      <td class="number">{reserved_micro_usd === 0 ? '–' : dollars(reserved_micro_usd)}</td>
      <td>
        <a href={href({ section: 'journal', query: { subject: id } })} data-row aria-label={`journal of ${id}`}>
          journal
        </a>
      </td>
    </tr>
  )
}

/** The steps of a training: those behind it, the present one, and when those to come are due. */
function Training({ profile: { status, steps, created_at } }: { profile: Profile }): JSX.Element {
  const due = new Map(steps.map((step) => [step.status, Date.parse(step.at)]))
  // A training that a scenario ends has a last step that is not among the usual ones.
  const course: readonly string[] = COURSE.some((name) => name === status)
    ? [...COURSE.filter((name) => name !== 'READY' || status === 'READY' || due.has(name)), ...endsOf(due)]
    : [status]
  const at = course.indexOf(status)
  return (
    <ol class="training">
      {course.map((name, i) => (
        <li key={name} class={i < at ? 'past' : i === at ? `present ${name}` : 'to-come'}>
          {i < at && <span aria-hidden="true">✓ </span>}
          {i < at && <span class="hidden">done: </span>}
          {i === at && <span class="hidden">now: </span>}
          {name}
          {due.has(name as never) && i > at && (
            <time> {timeText(due.get(name as never) ?? 0, Date.parse(created_at))}</time>
          )}
        </li>
      ))}
    </ol>
  )
}

function endsOf(due: ReadonlyMap<string, number>): string[] {
  return ['ERROR', 'INACTIVE'].filter((name) => due.has(name))
}
