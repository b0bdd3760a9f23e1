import type { Server } from 'node:http'
import type { Answer } from './answer.ts'
import type { Downloads } from './downloads.ts'
import type { Call } from './edge/call.ts'
import type { Job } from './job.ts'
import type { World } from './world.ts'
import type { Worlds } from './worlds.ts'

/** A JSON object that goes out: a job, a handle, an error. */
export type View = Record<string, unknown>

/** What the edge may look at. */
export interface Inside {
  readonly worlds: Worlds
  readonly downloads: Downloads
}

export type Next = (call: Call) => Promise<Answer>

/** Stands between the wire and the API: may change the call or the answer, or answer itself. */
export type Layer = (call: Call, next: Next, inside: Inside) => Answer | Promise<Answer>

/** Another form of the signed URLs. */
export interface UrlForm {
  readonly encode: (plain: URL) => URL
  /** @returns null for what was never encoded */
  readonly decode: (shown: URL) => URL | null
}

export type CallbackHeaders = Record<string, string | number>

/** What an implementation does differently. */
export interface Behaviour {
  readonly layer?: Layer
  /** Rewrites a job, in polls and callbacks alike. */
  readonly job?: (view: View, job: Job, world: World) => View
  readonly url?: UrlForm
  readonly jobId?: () => string
  /** Makes an account's webhook secret of 64 random hex digits. */
  readonly secret?: (hex: string) => string
  /** Writes the body of a callback. */
  readonly callbackText?: (view: View) => string
  readonly callbackHeaders?: (headers: CallbackHeaders) => CallbackHeaders
  /** Whether each attempt of a callback is written and signed anew. */
  readonly signsAnew?: boolean
  /** Statuses from a receiver that end the attempts, besides 2xx. */
  readonly isFinal?: (status: number) => boolean
  readonly server?: (server: Server) => void
}
