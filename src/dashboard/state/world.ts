import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import type { control } from '../../control/index.ts'
import { notify } from './act.ts'
import { changed, isGone } from './live.ts'
import { DEFAULT_WORLD, goInstead, route } from './route.ts'
import { control as controlSignal, locked, sentence, world } from './session.ts'

type WorldView = control.ControlWorld

interface Seen {
  readonly view: WorldView
  /** When it was read, on `performance.now`'s scale. */
  readonly readMs: number
}

const seen = signal<Seen | null>(null)
const problem = signal<string | null>(null)
const names = signal<string[]>([])

/** The World that is shown. `null` until it is loaded; never a World other than the chosen one. */
export const view: ReadonlySignal<WorldView | null> = computed(() =>
  seen.value?.view.id === world.value.id ? seen.value.view : null,
)
/** Why the World cannot be read. */
export const worldProblem: ReadonlySignal<string | null> = problem
/** All Worlds of the server. */
export const worldNames: ReadonlySignal<string[]> = names

export const accounts: ReadonlySignal<WorldView['accounts']> = computed(() => view.value?.accounts ?? [])

const PAUSE_MS = 250

effect(() => {
  const shown = world.value
  if (locked.value !== null) return
  seen.value = null
  let over = false
  let busy = false
  let again = false
  const refresh = async (): Promise<void> => {
    again = busy
    if (busy) return
    busy = true
    try {
      const view = await shown.describe()
      if (over) return
      seen.value = { view, readMs: performance.now() }
      problem.value = null
    } catch (error) {
      if (over) return
      if (isGone(shown.id, error)) {
        leave(shown.id)
        return
      }
      problem.value = sentence(error)
    }
    setTimeout(() => {
      busy = false
      if (again && !over) refresh()
    }, PAUSE_MS)
  }
  const unfollow = changed.subscribe(() => void refresh())
  readNames()
  return () => {
    over = true
    unfollow()
  }
})

/** Shows that a World was removed, and goes to the default World. */
function leave(id: string): void {
  goInstead({ world: DEFAULT_WORLD, section: route.peek().section, id: null })
  notify(`There is no World '${id}'; it was removed, or never was. This is the World '${DEFAULT_WORLD}'.`, true)
}

/** Reads the list of Worlds. Nothing announces a new World, so it is read whenever the user opens the list. */
export async function readNames(): Promise<void> {
  try {
    names.value = (await controlSignal.peek().worlds.list()).map(({ id }) => id)
  } catch (error) {
    sentence(error)
  }
}

/** Whether the clock moves by itself at this moment. */
export const ticking: ReadonlySignal<boolean> = computed(
  () => view.value !== null && view.value.clock.mode === 'real' && !view.value.clock.frozen,
)

/** The World's time now, counted on from the last answer of the server; `null` before the first. */
export function nowMs(): number | null {
  const last = seen.value
  if (last === null) return null
  const { now, speed } = last.view.clock
  return Date.parse(now) + (ticking.value ? (performance.now() - last.readMs) * speed : 0)
}

/** Takes the time from another answer, without reading the World again. The shown time never goes back. */
export function sawNow(ms: number): void {
  const last = seen.peek()
  if (last === null || ms <= (nowMs() ?? ms)) return
  const clock = { ...last.view.clock, now: new Date(ms).toISOString() }
  seen.value = { view: { ...last.view, clock }, readMs: performance.now() }
}
