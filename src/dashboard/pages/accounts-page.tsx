import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { dollars } from '../../text/dollars.ts'
import { act } from '../state/act.ts'
import { ask } from '../state/question.ts'
import { href, route, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { accounts } from '../state/world.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { LedgerTable } from '../ui/ledger-table.tsx'
import { Problem } from '../ui/problem.tsx'

/** All accounts with their balances, keys and secrets, and the ledger of the chosen one. */
export function AccountsPage(): JSX.Element {
  const chosen = route.value.id ?? accounts.value[0]?.id
  return (
    <section aria-label="Accounts">
      <div class="cards">
        {accounts.value.map((account) => (
          <AccountCard key={account.id} account={account} chosen={account.id === chosen} />
        ))}
      </div>
      {chosen !== undefined && <Ledger key={chosen} account={chosen} />}
    </section>
  )
}

function AccountCard({ account, chosen }: { account: control.ControlAccount; chosen: boolean }): JSX.Element {
  const { id, keys, webhook_signing_secret: secret } = account
  const deposit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const amount = String(new FormData(form).get('amount'))
    act(async () => {
      const { available_micro_usd } = await world.peek().accounts.deposit(id, amount)
      return `${id} has ${dollars(available_micro_usd)} now.`
    })
  }
  const rotate = async (): Promise<void> => {
    const isWanted = await ask({
      title: `Give ${id} another webhook secret?`,
      text: 'The present one is lost; receivers that still check with it refuse every callback signed from now on.',
      yes: 'Rotate the secret',
    })
    if (!isWanted) return
    await act(async () => {
      await world.peek().accounts.rotateWebhookSecret(id)
      return `${id} has another webhook secret.`
    })
  }
  return (
    <article class={`card account ${chosen ? 'chosen' : ''}`} aria-label={`Account ${id}`}>
      <h2>
        <a href={href({ section: 'accounts', id })} data-row aria-current={chosen ? 'true' : undefined}>
          {id}
        </a>
      </h2>
      <dl class="money">
        <Sum name="available" microUsd={account.available_micro_usd} />
        <Sum name="reserved" microUsd={account.reserved_micro_usd} />
        <Sum name="spent" microUsd={account.spent_micro_usd} />
      </dl>
      {keys.map((key) => (
        <p key={key} class="secret">
          key <code>{key}</code> <CopyButton text={key} what={`the key of ${id}`} />
        </p>
      ))}
      <p class="secret">
        webhook secret <code>{secret.slice(0, 8)}…</code> <CopyButton text={secret} what={`the secret of ${id}`} />{' '}
        <button type="button" class="small" onClick={rotate}>
          rotate
        </button>
      </p>
      <form class="toolbar" onSubmit={deposit}>
        <label>
          US$ <input name="amount" value="5.00" size={8} inputMode="decimal" aria-label={`Dollars for ${id}`} />
        </label>
        <button type="submit">Deposit</button>
      </form>
    </article>
  )
}

function Sum({ name, microUsd }: { name: string; microUsd: number }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{dollars(microUsd)}</dd>
    </div>
  )
}

function Ledger({ account }: { account: string }): JSX.Element {
  const { value, error } = useLive(() => world.peek().accounts.ledger(account), `${worldId.value}/${account}`)
  return (
    <section aria-labelledby="ledger">
      <h2 id="ledger">Ledger of {account}</h2>
      <Problem text={error} />
      {value && (
        <LedgerTable
          entries={value.entries}
          caption="Last booking first. + becomes available; − is taken from what is named first."
        />
      )}
      {value !== undefined && value.folded > 0 && (
        <p class="muted">{value.folded} entries of expired jobs were folded into the totals.</p>
      )}
    </section>
  )
}
