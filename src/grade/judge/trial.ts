import type { Breach, Verdict } from '../../report/verdict.ts'
import type { Exchange } from '../exchange.ts'
import type { Played } from '../play.ts'
import type { Course } from './course.ts'

/** What a judge says of a habit that it has seen nothing against. */
export type Outcome =
  | { readonly verdict: Extract<Verdict, 'passed'> }
  | { readonly verdict: Extract<Verdict, 'partial' | 'skipped' | 'error'>; readonly reason: string }

export const HOLDS: Outcome = { verdict: 'passed' }

/** It holds as far as it could be seen. */
export function asFarAs(reason: string): Outcome {
  return { verdict: 'partial', reason }
}

/** The client never does what the habit is of. @param reason with what that costs, where it costs anything */
export function notApplicable(reason: string): Outcome {
  return { verdict: 'skipped', reason }
}

/** What needs a job cannot be seen of whoever has none; `null` if it has some. @param cost of doing without */
export function withoutAsync(course: Course, cost: string): Outcome | null {
  if (course.submits.length === 0) return notApplicable('it submits nothing')
  return course.usesAsync ? null : notApplicable(`it makes synchronous requests alone: ${cost}`)
}

export function cannotJudge(reason: string): Outcome {
  return { verdict: 'error', reason }
}

/** Judges one habit by all that was seen. */
export type Judge = (course: Course, trial: Trial) => Outcome

/** What one judge has found, and looked at. */
export class Trial {
  readonly breaches: Breach[] = []
  readonly exchanges: Set<Exchange> = new Set()

  look(...exchanges: readonly (Exchange | undefined)[]): void {
    for (const each of exchanges) if (each) this.exchanges.add(each)
  }

  breach(expected: string, seen: string, exchange: Exchange | null = null): void {
    if (exchange) this.look(exchange)
    this.breaches.push({ expected, seen, exchange: exchange?.id ?? null, source: 'guide' })
  }

  /** Something that may be meant, and that costs if it is not. */
  note(expected: string, seen: string, exchange: Exchange): void {
    this.look(exchange)
    this.breaches.push({ expected, seen, exchange: exchange.id, source: 'choice' })
  }

  get isBroken(): boolean {
    return this.breaches.some(({ source }) => source !== 'choice')
  }
}

/** Where a round was played, in words: `when every job fails`. */
export function when({ round }: Played): string {
  return `when ${round.text}`
}

/** `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** How a client ended, with what it said last. */
export function endingOf({ ending }: Played): string {
  const said = ending.said.trim().split('\n').at(-1) ?? ''
  return said === '' ? ending.text : `${ending.text}: ${said.slice(0, 300)}`
}
