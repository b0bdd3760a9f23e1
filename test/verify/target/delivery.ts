import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isLoopback } from './image-request.ts'
import { describeJob, type Job } from './job.ts'
import type { World } from './world.ts'

type Outcome = number | 'refused' | 'timed out'

/** A flaw that never gives up must give up at last, or a test could not end. */
const FOREVER = 200

/** Tells a callback URL of one job, and tries again until it is heard. */
export class Delivery {
  readonly #world: World
  readonly #job: Job
  readonly #url: URL
  readonly #body: string
  readonly #signature: string

  constructor(world: World, job: Job, url: string) {
    this.#world = world
    this.#job = job
    this.#url = new URL(url)
    this.#body = this.#write()
    this.#signature = this.#sign(this.#body)
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
    if (isLoopback(this.#url)) this.#world.timeline.track(this.#post(this.#body, this.#signature))
  }

  #write(): string {
    return this.#world.variation.callbackBody(this.#render(), this.#job, this.#world)
  }

  #render(): string {
    const { flaw } = this.#world
    const view = describeJob(this.#job, this.#world.timeline.now, flaw)
    const result = view['result'] as { download_urls: string[] } | null
    if (flaw.has('callback-without-result') && result !== null) view['result'] = null
    if (flaw.has('callback-other-urls') && result !== null) {
      view['result'] = {
        ...result,
        download_urls: result.download_urls.map((url) => this.#world.downloads.rename(url)),
      }
    }
    if (flaw.has('callback-wrapped')) return JSON.stringify({ event: 'job.finished', data: view })
    if (flaw.has('callback-stale-status')) view['status'] = 'running'
    return JSON.stringify(view)
  }

  #sign(body: string): string {
    const { flaw } = this.#world
    const { secret } = this.#job.account
    const key = flaw.has('signature-raw-key')
      ? Buffer.from(secret, 'hex')
      : flaw.has('signature-global-key')
        ? 'phota-webhook-key'
        : secret
    const signed = flaw.has('signature-reserialised')
      ? JSON.stringify(JSON.parse(body), null, 1)
      : flaw.has('signature-of-url-and-body')
        ? `${this.#url.href}.${body}`
        : body
    const hmac = createHmac(flaw.has('signature-sha1') ? 'sha1' : 'sha256', key).update(signed)
    if (flaw.has('signature-base64')) return `sha256=${hmac.digest('base64')}`
    if (flaw.has('signature-upper-case')) return `sha256=${hmac.digest('hex').toUpperCase()}`
    return `${flaw.has('signature-without-prefix') ? '' : 'sha256='}${hmac.digest('hex')}`
  }

  #attempt(nth: number): void {
    const { timeline, flaw } = this.#world
    const begun = timeline.now
    let body = this.#body
    let signature = this.#signature
    if (nth > 0 && (flaw.has('retry-body-anew') || flaw.has('retry-stale-signature'))) {
      const view = JSON.parse(body) as { result: { download_urls: string[] } | null }
      if (view.result)
        view.result.download_urls = view.result.download_urls.map((url) => this.#world.downloads.resign(url))
      body = JSON.stringify(view, null, nth)
      if (flaw.has('retry-body-anew')) signature = this.#sign(body)
    }
    if (nth > 0 && this.#world.variation.signsAnew) {
      body = this.#write()
      signature = this.#sign(body)
    }
    if (nth > 0 && flaw.has('retry-without-signature')) signature = ''
    if (nth > 0 && flaw.has('retry-empty')) body = ''
    const attempt = this.#post(body, signature).then((outcome) => {
      if (outcome === 'timed out')
        timeline.at(begun + this.#world.callbackTimeoutMs, () => this.#answered(nth, outcome))
      else this.#answered(nth, outcome)
      timeline.catchUp()
    })
    timeline.track(attempt)
  }

  #answered(nth: number, outcome: Outcome): void {
    const { timeline, flaw } = this.#world
    this.#world.happened('callback', this.#job.account, this.#job.id, `attempt ${nth + 1}: ${outcome}`)
    if (outcome === 'timed out' && flaw.has('silent-receiver-fails-job')) {
      this.#job.status = 'failed'
      this.#job.result = null
      this.#job.error = { code: 'INTERNAL', message: 'The callback was not answered.' }
    }
    if (this.#heard(outcome)) {
      this.#job.withheld = false
      if (nth === 0 && flaw.has('delivers-twice')) timeline.at(timeline.now + 1000, () => this.#attempt(1))
      return
    }
    const delays = this.#world.retryMs
    const last = delays.at(-1)
    let delay = delays[nth]
    if (flaw.has('no-retry')) delay = undefined
    if (flaw.has('endless-retry') && nth < FOREVER) delay ??= last
    if (delay === undefined) this.#job.withheld = false
    else timeline.at(timeline.now + delay, () => this.#attempt(nth + 1))
  }

  #heard(outcome: Outcome): boolean {
    const { flaw } = this.#world
    if (outcome === 'timed out' && flaw.has('timeout-is-heard')) return true
    if (this.#world.variation.isFinal(outcome)) return true
    if (typeof outcome !== 'number') return false
    if (flaw.has('only-200-is-heard')) return outcome === 200
    if (flaw.has('any-answer-is-heard')) return true
    return outcome >= 200 && outcome < 300
  }

  #post(body: string, signature: string): Promise<Outcome> {
    const { timeline, flaw } = this.#world
    const bytes = Buffer.from(body)
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve) => {
      const request = send(this.#url, {
        method: flaw.has('callback-by-put') ? 'PUT' : 'POST',
        agent: false,
        headers: this.#world.variation.callbackHeaders({
          'content-type': flaw.has('callback-text-plain') ? 'text/plain' : 'application/json',
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
        response.resume()
        resolve(response.statusCode ?? 0)
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
