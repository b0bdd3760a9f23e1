import type { ImageResult, Job } from './job.ts'
import { imageOf } from './pictures.ts'
import { finalOf, floorOf } from './price.ts'
import type { World } from './world.ts'

type Counts = Record<string, number>

/** What work comes to when it succeeds: images or URLs, and who is seen on them. */
export function resultOf(world: World, job: Job, counts: Counts): ImageResult {
  const { flaw } = world
  const { request } = job
  let asBytes = request.mode === 'bytes'
  if (asBytes && flaw.has('sync-bytes-as-urls', job)) asBytes = false
  if (!request.isAsync && flaw.has('sync-urls-as-bytes', job)) asBytes = true
  const both = asBytes && flaw.has('sync-bytes-and-urls', job)
  return {
    images: asBytes ? imagesOf(world, job) : [],
    download_urls: asBytes && !both ? [] : urlsOf(world, job),
    known_subjects: { counts: countsOf(world, job, counts) },
  }
}

function imagesOf({ flaw }: World, job: Job): string[] {
  const { outputs, format } = job.request
  const count = flaw.has('sync-one-image-fewer', job) ? outputs - 1 : outputs
  const image = imageOf(flaw.has('sync-always-jpg', job) ? 'jpg' : format).toString('base64')
  const prefix = flaw.has('sync-data-urls', job) ? `data:image/${format};base64,` : ''
  return Array.from({ length: count }, () => prefix + image)
}

function urlsOf(world: World, job: Job): string[] {
  const { flaw, retentionMs, timeline } = world
  const { outputs, isAsync } = job.request
  const expires = flaw.has('url-dies-early', job) ? timeline.now + retentionMs / 24 : job.expiresAt
  let count = outputs
  if (isAsync && flaw.has('one-url-only', job)) count = 1
  if (flaw.has('one-url-fewer', job)) count -= 1
  if (flaw.has('one-url-more', job)) count += 1
  const add = (output: number): string =>
    world.downloads.add({ job, output, now: () => timeline.now, expires: Math.ceil(expires / 1000) })
  const urls = Array.from({ length: count }, (_, output) => add(output))
  const first = urls[0] as string
  if (flaw.has('same-url-twice', job)) return urls.map(() => first)
  if (flaw.has('third-url-is-first', job)) return urls.map((url, output) => (output === 2 ? first : url))
  if (flaw.has('last-two-share', job)) return urls.with(-1, urls.at(-2) as string)
  return urls
}

function countsOf({ flaw }: World, job: Job, counts: Counts): Counts {
  const shown: Record<string, unknown> = { ...counts }
  for (const [id, count] of Object.entries(counts)) {
    if (flaw.has('counts-not-summed', job)) shown[id] = Math.min(1, count)
    if (flaw.has('counts-fractions', job)) shown[id] = count * 0.75
    if (flaw.has('counts-as-text', job)) shown[id] = String(count)
  }
  if (flaw.has('counts-stranger', job)) shown['unknown_person'] = 1
  return shown as Counts
}

/** What success costs in the end. */
export function priceOf({ flaw }: World, job: Job, counts: Counts): number {
  const { request, effect } = job
  if (flaw.has('settle-floor-only', job)) return floorOf(request)
  const final = effect.settle_micro_usd ?? finalOf(request, counts)
  if (flaw.has('settles-below-floor', job)) return Math.round(final * 0.9)
  if (!request.isAsync) return flaw.has('sync-charged-twice', job) ? 2 * final : final
  if (flaw.has('async-surcharge', job)) return Math.round(final * 1.1)
  if (flaw.has('async-rounds-to-cents', job)) return Math.ceil(final / 10_000) * 10_000
  if (flaw.has('async-one-output-charged', job)) return Math.round(final / request.outputs)
  if (flaw.has('async-without-identity', job)) return finalOf(request, {})
  return final
}
