import type { JSX } from 'preact'
import { notify, status } from '../state/act.ts'

/** The outcome of the last action. Visible until the user leaves the page or closes the message. */
export function Message(): JSX.Element {
  const { text, failed } = status.value
  return (
    <div class={`message ${failed ? 'failed' : ''} ${text === '' ? 'silent' : ''}`}>
      <p class="told" role="status" aria-label="What happened">
        {text}
      </p>
      {text !== '' && (
        <button type="button" class="small" aria-label="Close this message" onClick={() => notify('')}>
          ✕
        </button>
      )}
    </div>
  )
}
