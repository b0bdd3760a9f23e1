import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { control } from '../../../control/index.ts'
import { clockText, pretty, spanText } from '../../format.ts'
import { checkSignature, type SignatureVerdict } from '../../signature.ts'
import { act } from '../../state/act.ts'
import { world } from '../../state/session.ts'
import { accounts } from '../../state/world.ts'
import { Json } from '../../ui/json.tsx'

type Delivery = control.ControlDelivery

/** A callback with all its attempts, its body, and whether its signature holds. */
export function DeliveryCard({ delivery }: { delivery: Delivery }): JSX.Element {
  const resend = (): Promise<boolean> =>
    act(async () => `Sent again, as delivery ${(await world.peek().deliveries.redeliver(delivery.id)).id}.`)
  return (
    <article class="card" aria-label={`Delivery ${delivery.id}`}>
      <p>
        <span class={`badge ${delivery.state}`}>{delivery.state}</span> POST <code>{delivery.url}</code>{' '}
        <button type="button" onClick={resend}>
          Resend
        </button>
      </p>
      <ol class="attempts">
        {delivery.attempts.map(({ n, at, status, error, wall_ms }) => (
          <li key={n}>
            <time>{clockText(Date.parse(at))}</time> UTC, attempt {n}:{' '}
            <strong>{status ?? error ?? 'on its way'}</strong>
            {wall_ms !== null && ` (${spanText(wall_ms)})`}
          </li>
        ))}
        {delivery.next_attempt_at !== null && (
          <li>
            <time>{clockText(Date.parse(delivery.next_attempt_at))}</time> UTC, next attempt
          </li>
        )}
      </ol>
      <Signature delivery={delivery} />
      <details>
        <summary>Body, {new TextEncoder().encode(delivery.body).length} bytes</summary>
        <Json label={`Body of ${delivery.id}`} text={pretty(delivery.body)} />
      </details>
    </article>
  )
}

const VERDICTS: Readonly<Record<SignatureVerdict, string>> = {
  valid: '✓ valid under the account’s secret',
  invalid: '✕ not valid under the account’s present secret',
  unknown: '? not checked: the browser has WebCrypto on https and loopback only',
}

function Signature({ delivery }: { delivery: Delivery }): JSX.Element {
  const verdict = useSignal<SignatureVerdict | null>(null)
  const secret = accounts.value.find(({ id }) => id === delivery.account)?.webhook_signing_secret
  const { body, signature } = delivery
  useEffect(() => {
    if (secret === undefined) return
    let over = false
    checkSignature(secret, body, signature).then((found) => {
      if (!over) verdict.value = found
    })
    return () => {
      over = true
    }
  }, [secret, body, signature, verdict])
  return (
    <p class="signature">
      X-Phota-Signature: <code>{signature}</code>{' '}
      {verdict.value && <strong class={verdict.value}>{VERDICTS[verdict.value]}</strong>}
    </p>
  )
}
