import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { clockText } from '../format.ts'
import { act, notify } from '../state/act.ts'
import { touch } from '../state/live.ts'
import { ask } from '../state/question.ts'
import { DEFAULT_WORLD, go, goInstead, href, worldId } from '../state/route.ts'
import { control as controlSignal, sentence } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { readNames } from '../state/world.ts'
import { Problem } from '../ui/problem.tsx'

const FIXTURES = [
  ['default', 'default: alice, bob, broke; one profile'],
  ['every-state', 'every-state: a job in each state'],
  ['half-trained', 'half-trained: profiles in training'],
  ['busy-afternoon', 'busy-afternoon: 500 jobs'],
  ['', 'nothing'],
] as const

/** The Worlds of this server: lists, creates, resets and removes them. */
export function WorldsPage(): JSX.Element {
  const { value, error } = useLive(() => controlSignal.peek().worlds.list(), 'worlds')
  return (
    <section aria-label="Worlds">
      <div class="columns">
        <section aria-labelledby="live-worlds">
          <h2 id="live-worlds">Worlds of this server</h2>
          <Problem text={error} />
          {value?.map((one) => (
            <WorldCard key={one.id} world={one} />
          ))}
        </section>
        <NewWorldForm />
      </div>
    </section>
  )
}

function WorldCard({ world: { id, clock, accounts } }: { world: control.ControlWorld }): JSX.Element {
  const levers = controlSignal.value.worlds.get(id)
  const reset = async (): Promise<void> => {
    const isWanted = await ask({
      title: `Reset the World '${id}'?`,
      text:
        'Its clock, accounts, jobs, scenarios and journal become what they were when it was made. ' +
        'All else is lost.',
      yes: `Reset ${id}`,
    })
    if (!isWanted) return
    await act(async () => {
      await levers.reset()
      return `World '${id}' is as it was when it was made.`
    })
  }
  const remove = async (): Promise<void> => {
    const isWanted = await ask({
      title: `Remove the World '${id}'?`,
      text: 'All in it is lost, and its keys are unknown from then on.',
      yes: `Remove ${id}`,
    })
    if (!isWanted) return
    // The page leaves the World before it is removed, so that it does not report a missing World.
    if (id === worldId.peek()) goInstead({ world: DEFAULT_WORLD, section: 'worlds' })
    await act(async () => {
      await levers.remove()
      await readNames()
      return `Removed the World '${id}'.`
    })
  }
  return (
    <article class={`card ${id === worldId.value ? 'chosen' : ''}`} aria-label={`World ${id}`}>
      <h3>
        <a href={href({ world: id, section: 'jobs' })} data-row>
          {id}
        </a>{' '}
        {id === worldId.value && <span class="badge">shown</span>}
      </h3>
      <p class="facts">
        {clock.mode} clock{clock.frozen && ', frozen'}, {clockText(Date.parse(clock.now))} UTC ·{' '}
        {accounts.length === 0 ? 'no accounts' : accounts.map((account) => account.id).join(', ')}
      </p>
      <div class="toolbar">
        <button type="button" onClick={reset} aria-label={`Reset ${id}`}>
          Reset
        </button>
        {id !== DEFAULT_WORLD && (
          <button type="button" onClick={remove} aria-label={`Remove ${id}`}>
            Remove
          </button>
        )}
      </div>
    </article>
  )
}

function NewWorldForm(): JSX.Element {
  const problem = useSignal<string | null>(null)
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string): string => String(form.get(name) ?? '').trim()
    try {
      const made = await controlSignal.peek().worlds.create({
        ...(text('id') !== '' && { id: text('id') }),
        ...(text('fixture') !== '' && { fixture: text('fixture') as NonNullable<control.NewWorld['fixture']> }),
        ...(text('start') !== '' && { start: text('start') }),
        clock: { mode: text('mode') as 'real' | 'auto' | 'manual' },
      })
      await readNames()
      touch()
      go({ world: made.id, section: 'jobs' })
      notify(`World '${made.id}' is made; the keys of its accounts are on the page Accounts.`)
    } catch (error) {
      problem.value = sentence(error)
    }
  }
  return (
    <section aria-labelledby="new-world">
      <h2 id="new-world">New World</h2>
      <form class="form of-world card" onSubmit={make}>
        <label>
          Name
          <input name="id" placeholder="w1, w2 … if empty" />
        </label>
        <label>
          Begins with
          <select name="fixture">
            {FIXTURES.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Clock mode
          <select name="mode" value="manual">
            <option value="manual">manual: stands until moved</option>
            <option value="real">real: follows the wall</option>
            <option value="auto">auto: jumps when a client waits</option>
          </select>
        </label>
        <label>
          Starts at (RFC 3339)
          <input name="start" placeholder="now if empty, or 2026-06-22T12:00:00Z" />
        </label>
        <div class="whole">
          <Problem text={problem.value} />
          <button type="submit" class="primary">
            Make World
          </button>
        </div>
      </form>
    </section>
  )
}
