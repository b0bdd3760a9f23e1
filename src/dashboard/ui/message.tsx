import type { JSX } from 'preact'
import { status, tell } from '../state/act.ts'

/** What the last action came to; always in sight, until its page goes or it is closed. */
export function Message(): JSX.Element {
  const { text, failed } = status.value
  return (
    <div class={`message ${failed ? 'failed' : ''} ${text === '' ? 'silent' : ''}`}>
      <p class="told" role="status" aria-label="What happened">
        {text}
      </p>
      {text !== '' && (
        <button type="button" class="small" aria-label="Close this message" onClick={() => tell('')}>
          ✕
        </button>
      )}
    </div>
  )
}
