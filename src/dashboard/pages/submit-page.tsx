import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { lists } from '../../control/lists.ts'
import { act } from '../state/act.ts'
import { type ApiAnswer, callApi, keyOf } from '../state/api.ts'
import { go } from '../state/route.ts'
import { accounts } from '../state/world.ts'
import { Json } from '../ui/json.tsx'
import { ResultImages } from '../ui/result-images.tsx'
import { bodyOf, type Operation } from './submit/body-of.ts'

/** Submits work as an account's client would. */
export function SubmitPage(): JSX.Element {
  const operation = useSignal<Operation>('generate')
  const answer = useSignal<ApiAnswer | null>(null)
  const waiting = useSignal(false)

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    answer.value = null
    act(async () => {
      waiting.value = true
      try {
        const key = keyOf(String(form.get('account'))) ?? ''
        answer.value = await callApi(`/${operation.value}`, key, bodyOf(operation.value, form))
      } finally {
        waiting.value = false
      }
      const { status, body } = answer.value
      const { job_id } = body as { job_id?: string }
      if (status === 202 && job_id !== undefined) go({ section: 'jobs', id: job_id })
      return `Answered ${status}.`
    })
  }

  const hasPrompt = operation.value !== 'enhance'
  return (
    <section aria-label="Submit" class="narrow">
      <form class="form" onSubmit={submit}>
        <label>
          Operation
          <select
            value={operation.value}
            onChange={({ currentTarget }) => (operation.value = currentTarget.value as Operation)}
          >
            {lists.JobOperation.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Account
          <select name="account">
            {accounts.value.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        {hasPrompt && (
          <label class="whole">
            Prompt
            <textarea name="prompt" rows={2} defaultValue="a lighthouse at dusk" />
          </label>
        )}
        {operation.value !== 'generate' && (
          <label class="whole">
            {operation.value === 'remix' ? 'Input and reference image' : 'Image'} (URL or base64; a tiny one if empty)
            <textarea name="image" rows={1} />
          </label>
        )}
        <label>
          Output images
          <input name="outputs" type="number" min={1} max={4} defaultValue="1" />
        </label>
        <label>
          client_request_id, the idempotency key
          <input name="client_request_id" />
        </label>
        <label class="whole">
          Callback URL
          <input name="callback_url" placeholder="http://127.0.0.1:5000/" />
        </label>
        <label class="check whole">
          <input name="async" type="checkbox" defaultChecked /> asynchronous; otherwise the request waits for the clock
        </label>
        <div class="whole">
          <button type="submit" class="primary" disabled={waiting.value}>
            {waiting.value ? 'Waiting for the answer…' : 'Submit'}
          </button>
        </div>
      </form>
      {answer.value && (
        <>
          <h2>Answered {answer.value.status}</h2>
          <ResultImages urls={(answer.value.body as { download_urls?: string[] }).download_urls ?? []} />
          <Json label="Answer" text={JSON.stringify(answer.value.body, null, 2)} />
        </>
      )}
    </section>
  )
}
