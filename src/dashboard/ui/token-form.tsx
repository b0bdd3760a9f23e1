import type { JSX } from 'preact'
import { locked, unlock } from '../state/session.ts'

/** Asked once, for the server's `--control-token`. */
export function TokenForm(): JSX.Element {
  return (
    <main class="token">
      <h1>phota-mock</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          unlock(String(new FormData(event.currentTarget).get('token')))
        }}
      >
        <label>
          Control token
          <input name="token" type="password" required autocomplete="off" ref={(element) => element?.focus()} />
        </label>
        <button type="submit">Unlock</button>
        <p class="problem" role="alert">
          {locked.value}
        </p>
        <p class="muted">
          It is what the server was started with, as --control-token. This tab remembers it until it is closed.
        </p>
      </form>
    </main>
  )
}
