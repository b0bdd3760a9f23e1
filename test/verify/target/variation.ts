import type { IncomingMessage, Server } from 'node:http'
import { type Answer, json } from './answer.ts'
import type { Behaviour, CallbackHeaders, Inside, Next, View } from './behaviour.ts'
import { type Dialect, dialects } from './dialects.ts'
import { isPoll, parse, readCall, requestOf } from './edge/call.ts'
import { viewOf, withView } from './edge/layers.ts'
import { hexId, type Job } from './job.ts'
import type { TargetOptions } from './target.ts'
import type { Variant } from './variant.ts'
import { variants } from './variants.ts'
import type { World } from './world.ts'

/** All lawful differences of one target, merged. */
export class Variation {
  /** What the variants set, unless `startTarget` was told otherwise. */
  readonly options: TargetOptions
  readonly signsAnew: boolean
  readonly #behaviours: readonly Behaviour[]

  constructor(options: TargetOptions) {
    const named = [...(options.variant === undefined ? [] : [options.variant]), ...(options.variants ?? [])]
    const chosen: (Variant | Dialect)[] = named.map(variantOf)
    if (options.dialect !== undefined) chosen.unshift(dialects[options.dialect])
    this.options = Object.assign({}, ...chosen.map((one) => one.options ?? {}))
    this.#behaviours = chosen.flatMap((one) => one.build?.() ?? [])
    this.signsAnew = this.#behaviours.some((behaviour) => behaviour.signsAnew)
  }

  /** Answers through all layers; the control API is not part of what varies. */
  async serve(
    request: IncomingMessage,
    inside: Inside,
    inner: (request: IncomingMessage) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.#behaviours.length === 0 || request.url?.startsWith('/_mock/')) return inner(request)
    const core: Next = async (call) => {
      const url = this.#decode(call.url)
      if (url === null) return json(404, { detail: 'Not Found' })
      return this.#rewrite(await inner(requestOf({ ...call, url })), isPoll(call), inside)
    }
    const layers = this.#behaviours.flatMap(({ layer }) => layer ?? [])
    const whole = layers.reduceRight<Next>((next, layer) => async (call) => layer(call, next, inside), core)
    return whole(await readCall(request, inside.downloads.origin))
  }

  tune(server: Server): void {
    for (const behaviour of this.#behaviours) behaviour.server?.(server)
  }

  jobId(): string {
    return this.#last('jobId')?.() ?? hexId()
  }

  secret(hex: string): string {
    return this.#last('secret')?.(hex) ?? hex
  }

  callbackBody(plain: string, job: Job, world: World): string {
    const view = parse(plain) as View
    if (this.#behaviours.length === 0 || view['job_id'] !== job.id) return plain
    const shown = this.#show(view, job, world)
    return this.#last('callbackText')?.(shown) ?? JSON.stringify(shown)
  }

  callbackHeaders(headers: CallbackHeaders): CallbackHeaders {
    return this.#behaviours.reduce((all, behaviour) => behaviour.callbackHeaders?.(all) ?? all, headers)
  }

  /** Whether a receiver that answers so is not called again. */
  isFinal(outcome: number | string): boolean {
    return typeof outcome === 'number' && this.#behaviours.some(({ isFinal }) => isFinal?.(outcome))
  }

  #last<Name extends keyof Behaviour>(name: Name): Behaviour[Name] | undefined {
    return this.#behaviours.findLast((behaviour) => behaviour[name] !== undefined)?.[name]
  }

  #rewrite(answer: Answer, isJob: boolean, { worlds }: Inside): Answer {
    const view = answer.status === 200 ? viewOf(answer) : null
    if (view === null) return answer
    if (!isJob) return Array.isArray(view['download_urls']) ? withView(answer, this.#withUrls(view)) : answer
    for (const world of worlds.all()) {
      const job = world.jobs.get(String(view['job_id']))
      if (job !== undefined) return withView(answer, this.#show(view, job, world))
    }
    return answer
  }

  #show(view: View, job: Job, world: World): View {
    const shown = this.#behaviours.reduce((seen, behaviour) => behaviour.job?.(seen, job, world) ?? seen, view)
    const result = shown['result'] as View | null | undefined
    return result?.['download_urls'] ? { ...shown, result: this.#withUrls(result) } : shown
  }

  #withUrls(result: View): View {
    const encode = this.#last('url')?.encode
    if (encode === undefined) return result
    const urls = result['download_urls'] as string[]
    return { ...result, download_urls: urls.map((url) => encode(new URL(url)).href) }
  }

  /** The plain URL. Only what encodes to exactly the URL asked for is taken, so that nothing in it can be changed. */
  #decode(url: URL): URL | null {
    const form = this.#last('url')
    if (form === undefined || url.pathname.startsWith('/v1/')) return url
    try {
      const plain = form.decode(url)
      if (plain === null || !plain.pathname.startsWith('/downloads/')) return null
      const again = form.encode(new URL(plain))
      return again.pathname === url.pathname && sorted(again) === sorted(url) ? plain : null
    } catch {
      // What cannot be decoded is no URL of this target.
      return null
    }
  }
}

function sorted(url: URL): string {
  const copy = new URLSearchParams(url.search)
  copy.sort()
  return copy.toString()
}

function variantOf(id: string): Variant {
  const found = variants.find((variant) => variant.id === id)
  if (found === undefined) throw new Error(`no variant is called ${id}`)
  return found
}
