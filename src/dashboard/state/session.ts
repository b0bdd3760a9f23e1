import { batch, computed, type ReadonlySignal, signal } from '@preact/signals'
import { type Control, ControlFailure, connect, type WorldControl } from '../../control/index.ts'
import { worldId } from './route.ts'

const TOKEN = 'phota-mock-control-token'

const token = signal(sessionStorage.getItem(TOKEN) ?? undefined)
/** Whether the server asked for a token, and its message if it refused one. */
export const locked = signal<string | null>(null)

/** The page lies at the control API's root, wherever a proxy put that. */
const home = new URL('.', location.href).href

export const control: ReadonlySignal<Control> = computed(() =>
  connect(home, token.value === undefined ? {} : { token: token.value }),
)
export const world: ReadonlySignal<WorldControl> = computed(() => control.value.worlds.get(worldId.value))
/** The origin that the journal's paths belong to, e.g. `http://127.0.0.1:4010`. */
export const origin: string = home.replace(/\/_mock\/$/, '')

export function unlock(text: string): void {
  sessionStorage.setItem(TOKEN, text)
  // Synchronously, because otherwise the next request would still carry the old token.
  batch(() => {
    locked.value = null
    token.value = text
  })
}

/** The message of a failure. If the server wants a token, the page also asks for it. */
export function sentence(error: unknown): string {
  const { message } = error as Error
  if (error instanceof ControlFailure && error.status === 401) locked.value = message
  return message
}
