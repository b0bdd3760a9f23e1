import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { lists } from '../../control/lists.ts'
import { clockText } from '../format.ts'
import { advance, MOVES, settle, toggleFrozen, updateClock } from '../state/clock-moves.ts'
import { nowMs, ticking, view } from '../state/world.ts'

const MODES = lists.ServerClockMode
const SPEEDS = [1, 10, 60, 600] as const

/** The World's time, and the buttons that move it. */
export function ClockBar(): JSX.Element | null {
  const clock = view.value?.clock
  const busy = useSignal(false)
  const isOpen = useSignal(false)
  if (!clock) return null
  const move = (action: () => Promise<unknown>) => async (): Promise<void> => {
    busy.value = true
    await action()
    busy.value = false
  }
  return (
    <section class="clock" aria-label="Clock" aria-busy={busy.value}>
      <Now />
      <button
        type="button"
        class="small clock-toggle"
        aria-expanded={isOpen.value}
        aria-controls="clock-controls"
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        Clock
      </button>
      <div id="clock-controls" class={`clock-controls ${isOpen.value ? 'open' : ''}`}>
        <select
          aria-label="Mode"
          value={clock.mode}
          onChange={({ currentTarget }) => updateClock({ mode: currentTarget.value as (typeof MODES)[number] })}
        >
          {MODES.map((mode) => (
            <option key={mode}>{mode}</option>
          ))}
        </select>
        {clock.mode === 'real' && <Speed speed={clock.speed} />}
        {clock.mode !== 'manual' && (
          <button type="button" aria-pressed={clock.frozen} onClick={move(toggleFrozen)} title="key f">
            {clock.frozen ? 'Resume' : 'Freeze'}
          </button>
        )}
        <fieldset class="buttons">
          <legend class="hidden">Move the clock</legend>
          {MOVES.map((by, i) => (
            <button key={by} type="button" title={`key ${i + 1}`} onClick={move(() => advance(by))}>
              +{by.replace('m', ' min').replace('h', ' h')}
            </button>
          ))}
          <button type="button" title="key s: run until nothing is pending" onClick={move(settle)}>
            Settle
          </button>
        </fieldset>
        {clock.open_requests > 0 && <span class="badge">{clock.open_requests} waiting for the clock</span>}
      </div>
    </section>
  )
}

/** The World's time. Between two answers of the server, the page counts it on. */
function Now(): JSX.Element {
  const face = useRef<HTMLTimeElement>(null)
  // After each answer of the server, counting starts from its time.
  void view.value
  useEffect(() => {
    const show = (): void => {
      const present = nowMs()
      if (face.current && present !== null) face.current.textContent = clockText(present)
    }
    show()
    if (!ticking.peek()) return
    const timer = setInterval(show, 100)
    return () => clearInterval(timer)
  })
  return (
    <span class="now" title="The World's time">
      <time ref={face} class="now-time" /> UTC
    </span>
  )
}

function Speed({ speed }: { speed: number }): JSX.Element {
  const typed = useSignal(false)
  if (typed.value) {
    const set = (text: string): void => {
      typed.value = false
      if (Number(text) !== speed) updateClock({ speed: Number(text) })
    }
    return (
      <label>
        <span class="hidden">Speed</span>
        <input
          class="speed"
          type="number"
          min="0.001"
          max="1000000"
          step="any"
          // The field replaces the select that had the focus.
          ref={(element) => element?.focus()}
          defaultValue={String(speed)}
          onKeyDown={({ key, currentTarget }) => key === 'Enter' && set(currentTarget.value)}
          onBlur={({ currentTarget }) => typed.value && set(currentTarget.value)}
        />
      </label>
    )
  }
  const known: readonly number[] = SPEEDS
  return (
    <select
      aria-label="Speed"
      value={String(speed)}
      onChange={({ currentTarget: { value } }) => {
        if (value === 'other') typed.value = true
        else updateClock({ speed: Number(value) })
      }}
    >
      {[...known, ...(known.includes(speed) ? [] : [speed])].map((one) => (
        <option key={one} value={String(one)}>
          × {one}
        </option>
      ))}
      <option value="other">other…</option>
    </select>
  )
}
