import type { JobOperation } from '../spec/index.ts'
import type { Exchange } from './exchange.ts'

export type Json = Readonly<Record<string, unknown>>

/** A submit that was accepted. */
export interface Submit {
  readonly exchange: Exchange
  readonly operation: JobOperation
  /** `null` where the recording does not have it. */
  readonly request: Json | null
}

/** A poll that showed the job. */
export interface Sight {
  readonly exchange: Exchange
  readonly job: Json
}

/** All that a history has shown of one job so far. */
export interface JobRecord {
  readonly id: string
  readonly submits: Submit[]
  /** The first exchange that showed the job to somebody: who has this key owns the job. `null` if nobody saw it yet. */
  owner: Exchange | null
  first: Sight | null
  /** Status to the first sight of it. */
  readonly seen: Map<string, Sight>
  terminal: Sight | null
  /** The first 410 to its owner. */
  gone: Exchange | null
  readonly callbacks: Sight[]
  /** The first callback that was answered 2xx. */
  acknowledged: Exchange | null
  /** A submit that was refused and named this job. */
  refused: Exchange | null
  /** Polls by its owner since it was seen to have ended. */
  pollsAfterEnd: number
  /** Polls in a row that came soon after the one before, and the last of them. */
  hasty: number
  lastPoll: Exchange | null
}

/** How many jobs are remembered: a proxy may run for months. */
const MOST_JOBS = 20_000
const MOST_URLS = 40_000

/** A download URL that a poll or a callback told. */
export interface HandedOut {
  readonly url: string
  readonly job: JobRecord
  readonly by: Exchange
}

/** What a history has shown so far. */
export class Book {
  readonly #jobs = new Map<string, JobRecord>()
  readonly #byId = new Map<string, JobRecord>()
  /** By URL without its query. */
  readonly #urls = new Map<string, HandedOut[]>()
  /** By account and `client_request_id`: the last submit that was accepted. */
  readonly #keys = new Map<string, { submit: Submit; job: JobRecord }>()
  /** The last refusal of the same request. */
  readonly refusals: Map<string, Exchange> = new Map()
  /** By account: the first secret that it was told. */
  readonly secrets: Map<string, { readonly exchange: Exchange; readonly value: string }> = new Map()
  /** By caller: the last answer that asked to wait, and how long. */
  readonly asked: Map<string, { readonly exchange: Exchange; readonly waitMs: number }> = new Map()
  readonly callbackUrls: Set<string> = new Set()

  /** @param api the base that its paths follow: two servers in one recording have jobs of their own */
  job(api: string, id: string): JobRecord {
    const key = `${api} ${id}`
    const known = this.#jobs.get(key)
    if (known) return known
    const job: JobRecord = {
      id,
      submits: [],
      owner: null,
      first: null,
      seen: new Map(),
      terminal: null,
      gone: null,
      callbacks: [],
      acknowledged: null,
      refused: null,
      pollsAfterEnd: 0,
      hasty: 0,
      lastPoll: null,
    }
    forget(this.#jobs, MOST_JOBS)
    this.#jobs.set(key, job)
    forget(this.#byId, MOST_JOBS)
    this.#byId.set(id, job)
    return job
  }

  /** `null` if the history has shown nothing of it. */
  find(api: string, id: string): JobRecord | null {
    return this.#jobs.get(`${api} ${id}`) ?? null
  }

  /** Of whichever server: a callback does not tell whose it is. */
  named(id: string): JobRecord | null {
    return this.#byId.get(id) ?? null
  }

  jobs(): Iterable<JobRecord> {
    return this.#jobs.values()
  }

  handOut(url: string, job: JobRecord, by: Exchange): void {
    const bare = withoutQuery(url)
    const known = this.#urls.get(bare) ?? []
    if (known.some((each) => each.url === url)) return
    forget(this.#urls, MOST_URLS)
    this.#urls.set(bare, [...known.slice(-9), { url, job, by }])
  }

  handedOut(url: string): readonly HandedOut[] {
    return this.#urls.get(withoutQuery(url)) ?? []
  }

  /** The last accepted submit with this `client_request_id`. @param account as the key or the recorder names it */
  withId(api: string, account: string, clientRequestId: string): { submit: Submit; job: JobRecord } | null {
    return this.#keys.get(JSON.stringify([api, account, clientRequestId])) ?? null
  }

  keepId(api: string, account: string, clientRequestId: string, kept: { submit: Submit; job: JobRecord }): void {
    forget(this.#keys, MOST_JOBS)
    this.#keys.set(JSON.stringify([api, account, clientRequestId]), kept)
  }
}

function forget(map: Map<string, unknown>, most: number): void {
  if (map.size < most) return
  for (const [oldest] of map) {
    map.delete(oldest)
    return
  }
}

export function withoutQuery(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url
}
