import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { act } from '../../state/act.ts'
import { type ApiAnswer, callApi, keyOf } from '../../state/api.ts'
import { Json } from '../../ui/json.tsx'

/** Asks for the job as its owner's client would. */
export function PollButton({ jobId, account }: { jobId: string; account: string }): JSX.Element {
  const answer = useSignal<ApiAnswer | null>(null)
  const poll = (): Promise<boolean> =>
    act(async () => {
      answer.value = await callApi(`/jobs/${jobId}`, keyOf(account) ?? '')
      return `A poll by ${account} is answered ${answer.value.status}.`
    })
  return (
    <div class="poll">
      <button type="button" onClick={poll}>
        Poll as {account}
      </button>
      {answer.value && (
        <details open>
          <summary>Answered {answer.value.status}</summary>
          <Json label="Answer to the poll" text={JSON.stringify(answer.value.body, null, 2)} />
        </details>
      )}
    </div>
  )
}
