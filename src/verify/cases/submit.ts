import { basePath } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal } from '../scene.ts'
import { momentOf } from '../shape.ts'
import { ACCOUNTS, CALLBACK, OUTPUTS } from '../story-plan.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { jobIdOpaque } from './job-ids.ts'
import { ofOpenings } from './over-stories.ts'
import { auth } from './submit-auth.ts'
import { noTrace } from './submit-no-trace.ts'
import { bytesRefused, callbackHttps, callbackNeedsAsync, modeRequired, validationBody } from './submit-refusals.ts'
import { longerBudget, syncDefault } from './submit-sync.ts'

const accepted = ofOpenings({
  id: 'submit.accepted',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outputs: OUTPUTS, callback: CALLBACK },
  look: (trial, { plan, submit, wasHeldOpen, firstPoll }) => {
    trial.expect(submit, !wasHeldOpen, '202 at once', 'an answer only when the clock had moved on')
    if (!trial.status(submit, 202, `with the handle of a job, on ${plan.operation}`)) return
    const handle = jsonOf(submit)
    const [jobId, status, url] = ['job_id', 'status', 'poll_url'].map((name) => fieldOf(handle, name))
    trial.expect(submit, typeof jobId === 'string' && jobId !== '', '`job_id`', show(handle))
    const check = { kind: 'body', pattern: '"status" *: *"pending"', isWanted: true } as const
    trial.expect(submit, status === 'pending', '`status` to be "pending"', show(status), { check })
    trial.expect(submit, typeof url === 'string', '`poll_url`', show(url))
    if (firstPoll) holdPrompt(trial, submit, firstPoll)
  },
})

/** A 202 that comes only when the result is ready was not sent at once. */
function holdPrompt(trial: Trial, submit: Exchange, firstPoll: Exchange): void {
  const job = jsonOf(firstPoll)
  const workMs = momentOf(fieldOf(job, 'completed_at')) - momentOf(fieldOf(job, 'created_at'))
  if (!(workMs >= 2_000) || !isTerminal(firstPoll)) return
  const seen = `an answer after ${Math.round(submit.durationMs)} ms, when the job was over`
  trial.expect(submit, submit.durationMs < workMs / 2, '202 without waiting for the result', seen)
}

const pollUrl = ofOpenings({
  id: 'submit.poll-url',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  look: (trial, { submit, followed }) => {
    const handle = jsonOf(submit)
    const jobId = fieldOf(handle, 'job_id')
    if (typeof jobId !== 'string') throw new CannotJudge(`no job was made: ${seenStatus(submit)}`)
    const url = fieldOf(handle, 'poll_url')
    const wanted = `${basePath}/jobs/${jobId}`
    const isSame = url === wanted || url === `${basePath}/jobs/${encodeURIComponent(jobId)}`
    trial.expect(submit, isSame, `\`poll_url\` to be ${wanted}`, show(url))
    if (followed) trial.status(followed, 200, 'when `poll_url` is polled')
  },
})

export const submit: readonly Case[] = [
  syncDefault,
  accepted,
  pollUrl,
  jobIdOpaque,
  bytesRefused,
  modeRequired,
  callbackNeedsAsync,
  callbackHttps,
  longerBudget,
  validationBody,
  noTrace,
  auth,
]
