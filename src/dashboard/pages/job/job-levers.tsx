import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { control } from '../../../control/index.ts'
import { lists } from '../../../control/lists.ts'
import { act } from '../../state/act.ts'
import { world } from '../../state/session.ts'

const FAULTS = [
  ['duplicate', 'Duplicate'],
  ['wrong-signature', 'Wrong signature'],
  ['late', 'Late'],
] as const

/** What can be done to a job: while it is under way, and with the callbacks of one that ended. */
export function JobLevers({ detail }: { detail: control.ControlJobDetail }): JSX.Element {
  const { job_id: id, status } = detail.timeline
  return status === 'pending' || status === 'running' ? (
    <Forces id={id} pending={status === 'pending'} />
  ) : (
    <Injections id={id} url={detail.job.callback_url} />
  )
}

function Forces({ id, pending }: { id: string; pending: boolean }): JSX.Element {
  const code = useSignal<(typeof lists.JobErrorCode)[number]>('GENERATION_FAILED')
  const jobs = world.peek().jobs
  const force = (does: () => Promise<control.ControlJobDetail>) => (): Promise<boolean> =>
    act(async () => `The job is ${(await does()).job.status}.`)
  return (
    <div class="toolbar">
      <button type="button" onClick={force(() => jobs.step(id))}>
        {pending ? 'Run it now' : 'End it now'}
      </button>
      <button type="button" onClick={force(() => jobs.hang(id))}>
        Let it hang
      </button>
      <select
        aria-label="How it fails"
        value={code.value}
        onChange={({ currentTarget }) => (code.value = currentTarget.value as (typeof lists.JobErrorCode)[number])}
      >
        {lists.JobErrorCode.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <button type="button" onClick={force(() => jobs.fail(id, { code: code.value }))}>
        Fail it now
      </button>
    </div>
  )
}

/** Sends callbacks that a correct API would not send: duplicates, late ones, wrong signatures. */
function Injections({ id, url }: { id: string; url: string | null }): JSX.Element {
  const inject = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const fault = String(form.get('fault'))
    const delay = String(form.get('delay'))
    const to = String(form.get('url') ?? '')
    act(async () => {
      await world.peek().deliveries.inject(id, {
        ...(fault === 'wrong-signature' && { fault }),
        ...(fault === 'late' && { delay }),
        ...(to !== '' && { url: to }),
      })
      return fault === 'late' ? `A callback comes in ${delay}.` : `A callback (${fault}) is on its way.`
    })
  }
  return (
    <form class="toolbar" onSubmit={inject}>
      <label>
        Send a callback{' '}
        <select name="fault">
          {FAULTS.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        if late, after <input name="delay" value="10m" size={5} />
      </label>
      {url === null && (
        <label>
          to <input name="url" type="url" required placeholder="http://127.0.0.1:5000/" />
        </label>
      )}
      <button type="submit">Send</button>
    </form>
  )
}
