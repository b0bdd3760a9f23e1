import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { advance, MOVES, settle, toggleFrozen } from '../state/clock-moves.ts'
import { go, route, type Section } from '../state/route.ts'
import { locked } from '../state/session.ts'

const PLACES: Readonly<Record<string, Section>> = {
  t: 'jobs',
  a: 'accounts',
  j: 'journal',
  n: 'submit',
  s: 'scenarios',
}

const HELP = [
  ['f', 'freeze or resume the clock'],
  ['1  2  3', '+1 min, +1 h, +24 h'],
  ['s', 'settle: run until nothing is pending'],
  ['/', 'search'],
  ['g t  g a  g j  g n  g s', 'go to timeline, accounts, journal, submit, scenarios'],
  ['↑  ↓  PgUp  PgDn  Home  End', 'in the timeline: choose a job'],
  ['Enter', 'open the chosen job'],
  ['←  →  +  −  0  c', 'pan, zoom, fit, follow now'],
  ['Esc', 'back to the list'],
  ['?', 'this help'],
] as const

/** The keys of the whole page; they rest while somebody types. */
export function Shortcuts(): JSX.Element {
  const help = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    let going = false
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || locked.peek() !== null || help.current?.open) return
      const { key } = event
      if (isField(event.target)) {
        if (key === 'Escape') (event.target as HTMLElement).blur()
        return
      }
      const wasGoing = going
      going = key === 'g'
      const place = PLACES[key]
      if (wasGoing && place) go({ section: place, id: null })
      else if (key === 'f') toggleFrozen()
      else if (MOVES[Number(key) - 1]) advance(MOVES[Number(key) - 1] as string)
      else if (key === 's') settle()
      else if (key === '?') help.current?.showModal()
      else if (key === '/') document.querySelector<HTMLElement>('[data-search]')?.focus()
      else if (key === 'Escape' && route.peek().id !== null) go({ section: route.peek().section, id: null })
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <>
      <button type="button" class="small" aria-label="Keyboard shortcuts" onClick={() => help.current?.showModal()}>
        ?
      </button>
      <dialog ref={help} aria-labelledby="shortcuts">
        <h2 id="shortcuts">Keyboard</h2>
        <dl class="keys">
          {HELP.map(([keys, does]) => (
            <div key={keys}>
              <dt>
                {keys.split('  ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  )
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}
