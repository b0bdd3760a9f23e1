import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { question } from '../state/question.ts'

/** Asks before something that cannot be undone; Esc and Enter answer no. */
export function QuestionDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = question.value
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} class="question" aria-labelledby="question" onClose={() => question.peek()?.answer(false)}>
      {open && (
        <>
          <h2 id="question">{open.title}</h2>
          <p>{open.text}</p>
          <div class="toolbar">
            <button type="button" autofocus onClick={() => open.answer(false)}>
              Cancel
            </button>
            <button type="button" class="danger" onClick={() => open.answer(true)}>
              {open.yes}
            </button>
          </div>
        </>
      )}
    </dialog>
  )
}
