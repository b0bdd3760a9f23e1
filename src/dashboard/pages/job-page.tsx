import type { JSX } from 'preact'
import type { control } from '../../control/index.ts'
import { dollars } from '../../text/dollars.ts'
import { clockText } from '../format.ts'
import { href, worldId } from '../state/route.ts'
import { world } from '../state/session.ts'
import { useLive } from '../state/use-live.ts'
import { Json } from '../ui/json.tsx'
import { LedgerTable } from '../ui/ledger-table.tsx'
import { Problem } from '../ui/problem.tsx'
import { ResultImages } from '../ui/result-images.tsx'
import { StatusMark } from '../ui/status-mark.tsx'
import { DeliveryCard } from './job/delivery-card.tsx'
import { JobBar } from './job/job-bar.tsx'
import { JobLevers } from './job/job-levers.tsx'
import { PollButton } from './job/poll-button.tsx'
import { Story } from './job/story.tsx'

const GONE = 'A job is gone once its result has expired; from then on a poll by its owner is answered 410.'

/** All there is to know of a job, and all that can be done to it. */
export function JobPage({ id }: { id: string }): JSX.Element {
  const { value, error, missing } = useLive(() => world.peek().jobs.get(id), `${worldId.value}/${id}`)
  return (
    <section aria-label="Job" class="page-job">
      <h2>
        Job <code>{id}</code> {value && !missing && <StatusMark status={value.timeline.status} />}
        {missing && <span class="badge">gone</span>}
      </h2>
      <Problem text={missing ? `${error} ${GONE}` : error} />
      {value && <Detail detail={value} gone={missing} />}
    </section>
  )
}

function Detail({ detail, gone }: { detail: control.ControlJobDetail; gone: boolean }): JSX.Element {
  const { job, timeline, cost } = detail
  const { result, error } = job as control.ControlJob & {
    result?: { download_urls: string[] } | null
    error?: { code: string; message: string } | null
  }
  return (
    <>
      <p class="facts">
        {timeline.operation} of <a href={href({ section: 'accounts', id: job.account })}>{job.account}</a>
        {detail.mode === 'sync' && ', synchronous'} · submitted {clockText(timeline.created_ms)} UTC ·{' '}
        {dollars(cost.reserved_micro_usd)} reserved
        {cost.final_micro_usd !== null && `, ${dollars(cost.final_micro_usd)} charged`} ·{' '}
        <a href={href({ section: 'journal', query: { subject: job.job_id } })}>its requests</a>
        {detail.scenario !== null && ` · scenario ${detail.scenario}`}
      </p>
      {!gone && <JobLevers detail={detail} />}
      <PollButton jobId={job.job_id} account={job.account} />
      {error && (
        <p class="outcome failed">
          ✕ <code>{error.code}</code> {error.message}
        </p>
      )}
      {result && <ResultImages urls={result.download_urls} />}
      <div class="columns">
        <section aria-labelledby="story">
          <h3 id="story">History, in UTC</h3>
          <JobBar job={timeline} />
          <Story job={timeline} />
        </section>
        <section aria-labelledby="request">
          <h3 id="request">Request</h3>
          <Json label="Request" text={JSON.stringify(detail.request, null, 2)} />
        </section>
      </div>
      <section aria-labelledby="callbacks">
        <h3 id="callbacks">Callbacks</h3>
        {detail.deliveries.length === 0 && <p class="muted">{callbackNote(detail)}</p>}
        {detail.deliveries.map((delivery) => (
          <DeliveryCard key={delivery.id} delivery={delivery} />
        ))}
      </section>
      <section aria-labelledby="ledger">
        <h3 id="ledger">Ledger</h3>
        <LedgerTable entries={detail.ledger} caption="Ledger entries of this job, last booking first" />
      </section>
    </>
  )
}

function callbackNote({ job, timeline }: control.ControlJobDetail): string {
  if (job.callback_url === null) return 'It has no callback_url.'
  return timeline.completed_ms === null ? `Will call ${job.callback_url} when it ends.` : 'None was sent.'
}
