import { NOBODY } from '../courier.ts'
import { type Exchange, isAsync } from '../exchange.ts'
import type { Played } from '../play.ts'

/** All rounds that were played, and what the ordinary one has shown of the client. */
export class Course {
  readonly ordinary: Played
  readonly played: readonly Played[]
  /** It works where nothing goes wrong. */
  readonly isWorking: boolean

  constructor(played: readonly Played[]) {
    this.played = played
    this.ordinary = played.find(({ round }) => round.id === 'ordinary') as Played
    this.isWorking = this.ordinary.ending.kind === 'done'
  }

  /** `null` if it was not played. */
  round(id: string): Played | null {
    return this.played.find(({ round }) => round.id === id) ?? null
  }

  /** Of those, the ones that were played. */
  rounds(...ids: readonly string[]): Played[] {
    return ids.flatMap((id) => this.round(id) ?? [])
  }

  get submits(): Exchange[] {
    return this.ordinary.exchanges.filter(({ kind }) => kind === 'submit')
  }

  /** Any request of the client came to the server. */
  get asks(): boolean {
    return this.ordinary.exchanges.some(({ kind }) => kind !== 'callback')
  }

  get usesAsync(): boolean {
    return this.submits.some(isAsync)
  }

  get usesIds(): boolean {
    return this.submits.some((each) => each.clientRequestId !== null && isAsync(each))
  }

  get polls(): boolean {
    return this.ordinary.exchanges.some(({ kind }) => kind === 'poll')
  }

  get downloads(): boolean {
    return this.ordinary.exchanges.some(({ kind }) => kind === 'download')
  }

  /** It asks for callbacks. */
  get usesCallbacks(): boolean {
    return [...this.ordinary.jobs.values()].some(({ callbackUrl }) => callbackUrl !== null)
  }

  /** Somebody took a callback. */
  get takesCallbacks(): boolean {
    return this.played.some(({ exchanges }) =>
      exchanges.some(({ kind, problem, endedMs }) => kind === 'callback' && endedMs !== null && problem !== NOBODY),
    )
  }

  /** How often the ordinary round submits one intent. */
  usualSubmits(intent: string | null): number {
    return this.submits.filter((each) => each.intent === intent).length
  }
}
