import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { control } from '../../../control/index.ts'
import { tell } from '../../state/act.ts'
import { touch } from '../../state/live.ts'
import { sentence, world } from '../../state/session.ts'
import { accounts } from '../../state/world.ts'
import { Problem } from '../../ui/problem.tsx'
import { scenarioOf } from './scenario-of.ts'

const OPERATIONS = [
  ...['edit', 'generate', 'enhance', 'remix', 'addProfile', 'getJob', 'getWebhookSecret'],
  ...['listProfiles', 'getProfileStatus', 'getProfilePicture', 'deleteProfile'],
]
const CODES = ['GENERATION_FAILED', 'CONTENT_MODERATION', 'INPUT_UNREACHABLE', 'TIMEOUT', 'INTERNAL']
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
      tell(`Scenario ${id} is in force.`)
      touch()
    } catch (error) {
      problem.value = sentence(error)
    }
  }

  return (
    <section aria-labelledby="add-scenario">
      <h2 id="add-scenario">Add one</h2>
      <form class="form" onSubmit={add}>
        <fieldset ref={fields} class="form" onInput={write} onChange={write}>
          <legend>When a request</legend>
          <Choice name="operation" label="is for" empty="any operation" choices={OPERATIONS} />
          <Choice name="account" label="is of" empty="any account" choices={accounts.value.map(({ id }) => id)} />
          <Text name="prompt" label="has in its prompt" />
          <Text name="client_request_id" label="has the idempotency key" />
          <Text name="nth" label="is the nth such" type="number" />
          <Text name="probability" label="by chance, 0 to 1" type="number" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>then the work</legend>
          <Choice name="fail" label="fails with" empty="no failure" choices={CODES} />
          <Choice name="stuck" label="is stuck" empty="no" choices={['until-limit', 'forever']} />
          <Text name="pending" label="waits for" hint="2s" />
          <Text name="running" label="runs for" hint="11m" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>its callback</legend>
          <Choice
            name="callback_fault"
            label="goes wrong"
            empty="no"
            choices={['never', 'duplicate', 'wrong-signature']}
          />
          <Text name="callback_delay" label="comes late by" hint="10m" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>or the request itself</legend>
          <Choice name="fault_answer" label="is answered" empty="truly" choices={FAULT_ANSWERS} />
          <Choice name="fault_when" label="when" empty="after it was carried out" choices={['before', 'after']} />
          <Text name="fault_latency" label="late by" hint="2s" />
          <Text name="fault_retry_after" label="Retry-After, s" type="number" />
        </fieldset>
        <fieldset class="form" onInput={write} onChange={write}>
          <legend>and it ends</legend>
          <Text name="times" label="after so many uses" type="number" />
          <Text name="id" label="its name" />
        </fieldset>
        <label class="whole">
          As JSON, which is what is sent
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
