import { rules, type Source } from '../spec/index.ts'
import type { Exchange } from './exchange.ts'

/**
 * - `impossible`: an implementation that keeps the rules cannot have answered, or called, like this
 * - `odd`: no rule is broken; it differs from a choice of phota-mock's, or the client does what costs it something
 * - `untold`: the recording does not show enough to tell
 */
export type Kind = 'impossible' | 'odd' | 'untold'

/** One step of a history that is worth a word. */
export interface Finding {
  readonly kind: Kind
  /** A rule of docs/rules.md; of what is odd also a habit of clients, such as `poll.pace`. */
  readonly rule: string
  /** Number of the exchange that shows it; `null` if it is of the whole history. */
  readonly exchange: number | null
  /** Numbers of the earlier exchanges from which it follows. */
  readonly because: readonly number[]
  /** What was expected; of what is untold, what would have to be known. */
  readonly expected: string
  readonly seen: string
  /** Where the promise comes from. */
  readonly source: Source
}

/** What is said of one step. */
export interface Words {
  readonly expected: string
  readonly seen: string
  /** The exchanges that it follows from, beside the one that shows it. */
  readonly because?: readonly (Exchange | null | undefined)[]
  /** What the finding is about: of the same thing a rule is named only once. @default the exchange */
  readonly about?: string
  /** Of a clause that comes from elsewhere than its rule. @default the rule's own */
  readonly source?: Source
}

const SOURCES: ReadonlyMap<string, Source> = new Map(rules.map(({ id, source }) => [id, source]))

/** How many findings are kept: nobody reads more, and a history can show any number. */
const MOST_FINDINGS = 1_000
const MOST_LOOKS = 200

/** Collects what a judge finds, and what it looked at. */
export class Findings {
  readonly all: Finding[] = []
  /** Rule to the exchanges that it was held against. */
  readonly looks: Map<string, Set<number>> = new Map()
  readonly #told = new Set<string>()
  readonly #tell: (finding: Finding) => void

  /** @param tell hears of each finding when it is made */
  constructor(tell: (finding: Finding) => void = () => undefined) {
    this.#tell = tell
  }

  /** A promise: `impossible` if it is not kept, `odd` if the promise is a choice. @returns whether it is kept */
  hold(rule: string, exchange: Exchange, isKept: boolean, words: Words): boolean {
    this.#look(rule, exchange)
    if (isKept) return true
    const source = words.source ?? SOURCES.get(rule) ?? 'guide'
    this.#add({ kind: source === 'choice' ? 'odd' : 'impossible', rule, ...told(exchange, words), source }, words)
    return false
  }

  /** Something that the API leaves open, or a habit of the client. */
  odd(rule: string, exchange: Exchange, words: Words): void {
    this.#add({ kind: 'odd', rule, ...told(exchange, words), source: 'choice' }, words)
  }

  /** Something that the recording does not tell. */
  untold(rule: string, exchange: Exchange | null, words: Words): void {
    this.#add({ kind: 'untold', rule, ...told(exchange, words), source: SOURCES.get(rule) ?? 'guide' }, words)
  }

  #look(rule: string, { id }: Exchange): void {
    const looks = this.looks.get(rule) ?? new Set()
    if (looks.size < MOST_LOOKS) this.looks.set(rule, looks.add(id))
  }

  #add(finding: Finding, { about }: Words): void {
    const subject = `${finding.kind} ${finding.rule} ${about ?? finding.exchange}`
    if (this.all.length >= MOST_FINDINGS || this.#told.has(subject)) return
    this.#told.add(subject)
    this.all.push(finding)
    this.#tell(finding)
  }
}

function told(exchange: Exchange | null, { expected, seen, because = [] }: Words) {
  const ids = because.flatMap((each) => (each && each !== exchange ? [each.id] : []))
  return { exchange: exchange?.id ?? null, because: [...new Set(ids)].sort((a, b) => a - b), expected, seen }
}

const SHOWN_CHARACTERS = 300

/** A value of theirs in a sentence. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
