import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { advance, MOVES, settle, toggleFrozen } from '../state/clock-moves.ts'
import { goBack } from '../state/places.ts'
import { go, route, type Section } from '../state/route.ts'
import { locked } from '../state/session.ts'
import { isField } from './is-field.ts'

const PLACES: Readonly<Record<string, Section>> = {
  t: 'jobs',
  c: 'callbacks',
  p: 'profiles',
  a: 'accounts',
  j: 'journal',
  n: 'submit',
  s: 'scenarios',
  w: 'worlds',
}

/** The keys of the page, and what each does; docs/dashboard.md has the same table. */
const HELP = [
  ['f', 'freeze or resume the clock'],
  ['1  2  3', '+1 min, +1 h, +24 h; asks first where results expire'],
  ['s', 'settle: run until nothing is pending'],
  ['/', 'search'],
  ['g t  g c  g p  g a', 'go to timeline, callbacks, profiles, accounts'],
  ['g j  g n  g s  g w', 'go to journal, submit, scenarios, Worlds'],
  ['↑  ↓', 'choose a job, or a row of a list'],
  ['PgUp  PgDn  Home  End', 'in the timeline: choose a job further away'],
  ['Enter', 'open what is chosen'],
  ['←  →  +  −  0  c', 'in the timeline: pan, zoom, fit, follow now'],
  ['Esc', 'back to where you came from'],
  ['?', 'this help'],
] as const

/** The keys of the whole page. They do nothing while the focus is on a field. */
export function Shortcuts(): JSX.Element {
  const help = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    let going = false
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return
      if (locked.peek() !== null || document.querySelector('dialog[open]')) return
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
      else if (key === 'Escape' && route.peek().id !== null) {
        if (!goBack()) go({ section: route.peek().section, id: null })
      } else if (key === 'ArrowDown' || key === 'ArrowUp') {
        if (!chooseRow(key === 'ArrowDown' ? 1 : -1)) return
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <>
      <button
        type="button"
        class="small help"
        aria-label="Keyboard shortcuts"
        onClick={() => help.current?.showModal()}
      >
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

/** The next row of a list, or the first. @returns whether the page has rows */
function chooseRow(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, at + by))]
  next?.focus()
  return next !== undefined
}
