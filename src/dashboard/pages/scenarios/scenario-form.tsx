import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { control } from '../../../control/index.ts'
import { lists } from '../../../control/lists.ts'
import { notify } from '../../state/act.ts'
import { touch } from '../../state/live.ts'
import { sentence, world } from '../../state/session.ts'
import { accounts } from '../../state/world.ts'
import { Problem } from '../../ui/problem.tsx'
import { scenarioOf } from './scenario-of.ts'

const FAULT_ANSWERS = ['500', '502', '503', '429', 'drop', 'truncate', 'trickle']

/** Adds a scenario, by fields or as JSON; the fields write the JSON. */
export function ScenarioForm(): JSX.Element {
  const fields = useRef<HTMLFieldSetElement>(null)
  const text = useSignal(EXAMPLE)
  const problem = useSignal<string | null>(null)

  const write = (): void => {
    const form = fields.current?.form
    if (form) text.value = JSON.stringify(scenarioOf(new FormData(form)), null, 2)
  }
  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    try {
      const id = await world.peek().scenarios.add(JSON.parse(text.value) as control.ControlScenario)
      problem.value = null
      notify(`Scenario ${id} is in force.`)
      touch()
    } catch (error) {
      problem.value = sentence(error)
    }
  }

  return (
    <section aria-labelledby="add-scenario">
      <h2 id="add-scenario">Add a scenario</h2>
      <form class="form" onSubmit={add}>
        <fieldset ref={fields} class="form" onInput={write} onChange={write}>
          <legend>Which requests</legend>
          <Choice name="operation" label="Operation" empty="any operation" choices={lists.OperationName} />
          <Choice name="account" label="Account" empty="any account" choices={accounts.value.map(({ id }) => id)} />
          <Text name="prompt" label="Prompt contains" />
          <Text name="client_request_id" label="client_request_id" />
          <Text name="nth" label="Only the nth match" type="number" />
          <Text name="probability" label="Probability, 0 to 1" type="number" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>What happens to the job</legend>
          <Choice name="fail" label="Fails with" empty="does not fail" choices={lists.JobErrorCode} />
          <Choice name="stuck" label="Gets stuck" empty="no" choices={['until-limit', 'forever']} />
          <Text name="pending" label="Pending for" hint="2s" />
          <Text name="running" label="Running for" hint="11m" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>What happens to its callback</legend>
          <Choice
            name="callback_fault"
            label="Callback fault"
            empty="none"
            choices={['never', 'duplicate', 'wrong-signature']}
          />
          <Text name="callback_delay" label="Callback delay" hint="10m" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>Or what happens to the HTTP request</legend>
          <Choice name="fault_answer" label="HTTP answer" empty="responds normally" choices={FAULT_ANSWERS} />
          <Choice name="fault_when" label="Fault comes" empty="after it took effect" choices={['before', 'after']} />
          <Text name="fault_latency" label="Latency" hint="2s" />
          <Text name="fault_retry_after" label="Retry-After, seconds" type="number" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>The scenario itself</legend>
          <Text name="times" label="Ends after how many uses" type="number" />
          <Text name="id" label="Name" />
        </fieldset>
        <label class="whole">
          The scenario as JSON; this text is what is sent
          <textarea
            class="code"
            rows={8}
            spellcheck={false}
            value={text.value}
            onInput={({ currentTarget }) => (text.value = currentTarget.value)}
          />
        </label>
        <div class="whole">
          <Problem text={problem.value} />
          <button type="submit" class="primary">
            Add scenario
          </button>
        </div>
      </form>
    </section>
  )
}

const EXAMPLE = JSON.stringify({ effect: {} }, null, 2)

interface ChoiceProps {
  readonly name: string
  readonly label: string
  readonly empty: string
  readonly choices: readonly string[]
}

function Choice({ name, label, empty, choices }: ChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{empty}</option>
        {choices.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
}

interface TextProps {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly type?: 'text' | 'number'
}

function Text({ name, label, hint = '', type = 'text' }: TextProps): JSX.Element {
  const id = `scenario-${name}`
  return (
    <label for={id}>
      {label}
      {type === 'number' ? (
        <input id={id} name={name} type="number" step="any" />
      ) : (
        <input id={id} name={name} type="text" placeholder={hint} />
      )}
    </label>
  )
}
