import { createHmac } from 'node:crypto'
import type { Flaw } from './flaw.ts'
import { describeJob, hexId, type Job } from './job.ts'
import { timestamp } from './job-flaws.ts'
import type { World } from './world.ts'

/** What an attempt sends, and where. */
export interface Letter {
  readonly url: URL
  readonly body: string
  readonly signature: string
}

type View = Record<string, unknown>
type Result = { download_urls: string[]; known_subjects?: unknown }

export function writeLetter(world: World, job: Job, url: URL): Letter {
  const { flaw } = world
  const body = world.variation.callbackBody(render(world, job), job, world)
  return { url: flaw.has('callback-drops-query', job) ? bare(url) : url, body, signature: sign(body, url, flaw, job) }
}

function bare(url: URL): URL {
  const copy = new URL(url)
  copy.search = ''
  return copy
}

function render(world: World, job: Job): string {
  const { flaw } = world
  const view = describeJob(job, world.timeline.now, flaw)
  distortBody(view, world, job)
  if (flaw.has('callback-wrapped', job)) return JSON.stringify({ event: 'job.finished', data: view })
  return flaw.has('signature-of-compact-body', job) ? JSON.stringify(view, null, 2) : JSON.stringify(view)
}

function distortBody(view: View, { flaw, downloads }: World, job: Job): void {
  const result = (view['result'] as Result | null | undefined) ?? null
  if (flaw.has('callback-stale-status', job)) view['status'] = 'running'
  if (flaw.has('callback-other-id', job)) view['job_id'] = hexId()
  if (flaw.has('callback-as-edit', job)) view['operation'] = 'edit'
  if (flaw.has('callback-without-error', job)) view['error'] = null
  if (flaw.has('callback-without-completed-at', job)) view['completed_at'] = null
  if (flaw.has('callback-other-completed-at', job)) {
    view['completed_at'] = timestamp((job.completedAt ?? 0) + 1000, flaw, job)
  }
  if (result === null) return
  const urls = result.download_urls
  if (flaw.has('callback-without-result', job)) view['result'] = null
  if (flaw.has('callback-without-subjects', job)) view['result'] = { ...result, known_subjects: undefined }
  if (flaw.has('callback-without-last-url', job)) view['result'] = { ...result, download_urls: urls.slice(0, -1) }
  if (flaw.has('callback-other-urls', job)) {
    view['result'] = { ...result, download_urls: urls.map((url) => downloads.rename(url)) }
  }
}

/** For some flaws, what is signed instead of the body. */
const SIGNED: Record<string, (body: string, url: URL) => string | Buffer> = {
  'signature-reserialised': (body) => JSON.stringify(JSON.parse(body), null, 1),
  'signature-of-compact-body': (body) => JSON.stringify(JSON.parse(body)),
  'signature-of-url-and-body': (body, url) => `${url.href}.${body}`,
  'signature-of-latin1': (body) => Buffer.from(body, 'latin1'),
  'signature-of-first-512-bytes': (body) => Buffer.from(body).subarray(0, 512),
  'signature-of-body-and-newline': (body) => `${body}\n`,
}

const GLOBAL_KEY = 'phota-webhook-key'

function sign(body: string, url: URL, flaw: Flaw, job: Job): string {
  const { secret } = job.account
  if (flaw.has('callback-unsigned', job)) return ''
  let key: string | Buffer = secret
  if (flaw.has('signature-raw-key', job)) key = Buffer.from(secret, 'hex')
  if (flaw.has('signature-global-key', job)) key = GLOBAL_KEY
  const signed = flaw.pick(SIGNED, job)?.(body, url) ?? body
  const hmac = createHmac(flaw.has('signature-sha1', job) ? 'sha1' : 'sha256', key).update(signed)
  if (flaw.has('signature-base64', job)) return `sha256=${hmac.digest('base64')}`
  if (flaw.has('signature-upper-case', job)) return `sha256=${hmac.digest('hex').toUpperCase()}`
  return `${flaw.has('signature-without-prefix', job) ? '' : 'sha256='}${hmac.digest('hex')}`
}

/** The first attempt's letter again, or what some flaw makes of it. */
export function spoilRetry(world: World, job: Job, first: Letter, nth: number): Letter {
  const { flaw, downloads } = world
  const { url } = first
  const signed = (body: string): Letter => ({ url, body, signature: sign(body, url, flaw, job) })
  if (flaw.has('retry-without-signature', job)) return { ...first, signature: '' }
  if (flaw.has('retry-empty', job)) return { ...first, body: '' }
  if (flaw.has('retry-drops-query', job)) return { ...first, url: bare(url) }
  if (flaw.has('retry-to-origin', job)) return { ...first, url: new URL('/', url) }
  if (flaw.has('retry-with-other-key', job)) {
    const digest = createHmac('sha256', GLOBAL_KEY).update(first.body).digest('hex')
    return { ...first, signature: `sha256=${digest}` }
  }
  if (flaw.has('retry-counts-attempts', job)) {
    return signed(JSON.stringify({ ...(JSON.parse(first.body) as View), attempt: nth + 1 }))
  }
  if (flaw.has('retry-of-latest-job', job)) {
    const latest = [...world.jobs.values()].findLast((one) => one.account === job.account && one.over)
    return signed(render(world, latest ?? job))
  }
  const isAnew = flaw.has('retry-body-anew', job)
  if (!isAnew && !flaw.has('retry-stale-signature', job)) return first
  const view = JSON.parse(first.body) as { result: Result | null }
  if (view.result) view.result.download_urls = view.result.download_urls.map((one) => downloads.resign(one))
  const body = JSON.stringify(view, null, nth)
  return isAnew ? signed(body) : { ...first, body }
}
