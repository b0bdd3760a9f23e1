import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isLoopback } from './callback-url.ts'
import { hexId, type Job } from './job.ts'
import { type Letter, spoilRetry, writeLetter } from './letter.ts'
import { breakJob, delayAfter, described, isHeard, type Outcome } from './retries.ts'
import type { World } from './world.ts'

/** Tells a callback URL of one job, and tries again until it is heard. */
export class Delivery {
  readonly #world: World
  readonly #job: Job
  readonly #url: URL
  readonly #letter: Letter

  constructor(world: World, job: Job, url: string) {
    this.#world = world
    this.#job = job
    this.#url = new URL(url)
    this.#letter = writeLetter(world, job, this.#url)
  }

  start(): void {
    const { timeline, callbackDelayMs } = this.#world
    if (isLoopback(this.#url) && callbackDelayMs > 0)
      timeline.at(timeline.now + callbackDelayMs, () => this.#attempt(0))
    else if (isLoopback(this.#url)) this.#attempt(0)
    else this.#job.withheld = false
  }

  /** One attempt, whatever becomes of it; only some flaws do that. */
  ping(): void {
    if (isLoopback(this.#url))
      this.#world.timeline.track(this.#post(this.#letter.body, this.#letter.signature, this.#letter.url))
  }

  #letterOf(nth: number): Letter {
    if (nth === 0) return this.#letter
    if (this.#world.variation.signsAnew) return writeLetter(this.#world, this.#job, this.#url)
    return spoilRetry(this.#world, this.#job, this.#letter, nth)
  }

  #attempt(nth: number): void {
    const { timeline } = this.#world
    const begun = timeline.now
    const { body, signature, url } = this.#letterOf(nth)
    const attempt = this.#post(body, signature, url).then((outcome) => {
      if (outcome === 'timed out')
        timeline.at(begun + this.#world.callbackTimeoutMs, () => this.#answered(nth, outcome))
      else this.#answered(nth, outcome)
      timeline.catchUp()
    })
    timeline.track(attempt)
  }

  #answered(nth: number, outcome: Outcome): void {
    const { timeline, flaw, retryMs } = this.#world
    const job = this.#job
    this.#world.happened('callback', job.account, job.id, `attempt ${nth + 1}: ${described(outcome)}`)
    const heard =
      (isHeard(outcome, flaw, job) || (typeof outcome === 'object' && this.#world.variation.isFinal(outcome.status))) &&
      !(nth > 0 && flaw.has('retries-despite-answer', job))
    const silent = outcome === 'timed out'
    if (silent && flaw.has('silent-receiver-fails-job', job)) breakJob(job)
    if (!silent && !heard && flaw.has('error-of-receiver-fails-job', job)) breakJob(job)
    if (heard) {
      job.withheld = false
      if (!job.isHeard && flaw.has('secret-changes-when-heard', job)) job.account.secret = hexId() + hexId()
      job.isHeard = true
      if (nth === 0 && flaw.has('delivers-twice', job)) timeline.at(timeline.now + 1000, () => this.#attempt(1))
      return
    }
    const delay = delayAfter(nth, retryMs, flaw, job)
    if (delay !== undefined) {
      timeline.at(timeline.now + delay, () => this.#attempt(nth + 1))
      return
    }
    job.withheld = false
    if (flaw.has('unheard-callback-fails-job', job)) breakJob(job)
  }

  #post(body: string, signature: string, url: URL): Promise<Outcome> {
    const { timeline, flaw } = this.#world
    const bytes = Buffer.from(body)
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve) => {
      const request = send(url, {
        method: flaw.has('callback-by-put', this.#job) ? 'PUT' : 'POST',
        agent: false,
        headers: this.#world.variation.callbackHeaders({
          'content-type': flaw.has('callback-text-plain', this.#job) ? 'text/plain' : 'application/json',
          'content-length': bytes.length,
          ...(signature !== '' && { 'x-phota-signature': signature }),
        }),
      })
      const timer = setTimeout(() => {
        resolve('timed out')
        request.destroy()
      }, timeline.patience(this.#world.callbackTimeoutMs))
      request.on('response', (response) => {
        clearTimeout(timer)
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
        })
        response.on('close', () => resolve({ status: response.statusCode ?? 0, length }))
      })
      request.on('error', () => {
        clearTimeout(timer)
        resolve('refused')
      })
      this.#world.cleanUp(() => {
        clearTimeout(timer)
        request.destroy()
      })
      request.end(bytes)
    })
  }
}
