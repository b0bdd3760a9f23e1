import type { JSX } from 'preact'
import type { control } from '../../../control/index.ts'
import { curlOf } from '../../curl.ts'
import { pretty } from '../../format.ts'
import { keyOf } from '../../state/api.ts'
import { href } from '../../state/route.ts'
import { origin } from '../../state/session.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Json } from '../../ui/json.tsx'

/** One exchange: both bodies, and the line that makes the request again. */
export function EntryDetail({ entry }: { entry: control.ControlJournalEntry }): JSX.Element {
  const curl = curlOf(entry, origin, keyOf(entry.account))
  const isJob = entry.subject !== null && /^[0-9a-f]{32}$/.test(entry.subject)
  return (
    <section class="entry" aria-label="Exchange">
      <h2>
        {entry.status ?? 'No answer'} {entry.method} {entry.path.split('?', 1)[0]}
      </h2>
      <p class="facts">
        {entry.operation ?? 'no operation'} · request <code>{entry.request_id}</code>
        {isJob && (
          <>
            {' '}
            · <a href={href({ section: 'jobs', id: entry.subject })}>its job</a>
          </>
        )}
      </p>
      {entry.warnings.map((warning) => (
        <p key={warning} class="problem">
          ⚠ {warning}
        </p>
      ))}
      <p>
        <CopyButton text={curl} what="the curl line" label="copy as curl" />
      </p>
      <Json label="curl" text={curl} />
      <Body name="Request" body={entry.request_body} />
      <Body name="Answer" body={entry.response_body} />
    </section>
  )
}

function Body({ name, body }: { name: string; body: control.ControlJournalEntry['request_body'] }): JSX.Element {
  if (body === null) return <p class="muted">{name}: no body</p>
  return (
    <>
      <h3>
        {name}, {body.bytes.toLocaleString('en')} bytes{body.sha256 !== null && ', of which the beginning was kept'}
      </h3>
      <Json label={name} text={pretty(body.text)} />
    </>
  )
}
