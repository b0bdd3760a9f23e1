import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { act } from '../state/act.ts'
import { worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { Problem } from '../ui/problem.tsx'
import { ScenarioForm } from './scenarios/scenario-form.tsx'

/** The scenarios: which requests they match, and what they do to them. */
export function ScenariosPage(): JSX.Element {
  const { value, error } = useLive(() => world.peek().scenarios.list(), worldId.value)
  return (
    <section aria-label="Scenarios">
      <div class="columns">
        <section aria-labelledby="in-force">
          <h2 id="in-force">In force</h2>
          <p class="muted">The newest comes first, and the first that matches wins.</p>
          <Problem text={error} />
          {value?.length === 0 && <p>None. Every request responds normally, and every job succeeds in its time.</p>}
          {value?.map((scenario) => (
            <ScenarioCard key={scenario.id} scenario={scenario} />
          ))}
        </section>
        <ScenarioForm />
      </div>
    </section>
  )
}

function ScenarioCard({ scenario }: { scenario: control.ControlActiveScenario }): JSX.Element {
  const { id, match = {}, effect, times_left: left } = scenario
  const remove = (): Promise<boolean> =>
    act(async () => {
      await world.peek().scenarios.remove(id)
      return `Removed ${id}.`
    })
  return (
    <article class="card" aria-label={`Scenario ${id}`}>
      <p>
        <code>{id}</code>{' '}
        <span class="badge">{left === null ? 'no end' : `${left} ${left === 1 ? 'time' : 'times'} left`}</span>{' '}
        <button type="button" class="small" onClick={remove} aria-label={`Remove ${id}`}>
          remove
        </button>
      </p>
      <p>
        {Object.keys(match).length === 0 ? 'Every request' : <code>{words(match)}</code>} → <code>{words(effect)}</code>
      </p>
    </article>
  )
}

function words(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}
