import type { Target, TargetOptions } from './target.ts'

export type Size = 'full' | 'short'

/** One kind of torture. It runs in rounds; each has a seed of its own, so that it can be repeated alone. */
export interface Part {
  readonly name: string
  /** What is tried, in a few words. */
  readonly about: string
  readonly rounds: Readonly<Record<Size, number>>
  run(round: Round): Promise<void>
}

/** What one round has at hand, and where it tells what came of it. */
export interface Round {
  readonly seed: number
  readonly size: Size
  /** Starts a server in a process of its own, which ends with the round. */
  open(options?: TargetOptions): Promise<Target>
  /** Counts what was tried. */
  tried(what: string, times?: number): void
  /** Tells a measured figure, of which the table shows the highest. */
  figure(name: string, value: number): void
  /**
   * @param kind what is broken, the same words for each case of it
   * @param example how it came about; the first of a kind is shown
   * @param where the operation, or whatever else tells cases of one kind apart
   */
  broke(kind: string, example: string, where?: string): void
  hasSeen(kind: string): boolean
}

export interface Breakage {
  readonly kind: string
  times: number
  readonly where: Set<string>
  readonly example: string
  readonly seed: number
}

/** What one part has come to. */
export class Outcome {
  readonly part: Part
  readonly tried: Map<string, number> = new Map()
  readonly figures: Map<string, number> = new Map()
  readonly breakages: Map<string, Breakage> = new Map()

  constructor(part: Part) {
    this.part = part
  }

  broke(kind: string, example: string, seed: number, where?: string): void {
    const breakage = this.breakages.get(kind) ?? { kind, times: 0, where: new Set(), example: shorten(example), seed }
    this.breakages.set(kind, breakage)
    breakage.times++
    if (where !== undefined) breakage.where.add(where)
  }

  /** A row of the table. */
  row(): string {
    const tried = [...this.tried].map(([what, times]) => `${times.toLocaleString('en')} ${what}`)
    const figures = [...this.figures].map(([name, value]) => `${name} ${Math.round(value).toLocaleString('en')}`)
    const broke = [...this.breakages.values()].map(({ kind, times }) => `${kind.replaceAll('|', '¦')} (${times})`)
    return `| ${this.part.name} | ${tried.join(', ')} | ${figures.join(', ')} | ${broke.join('; ') || 'nothing'} |`
  }

  /** Each kind of breakage, with its first example and how to repeat it. */
  report(): string[] {
    return [...this.breakages.values()].map(({ kind, times, where, example, seed }) =>
      [
        `${this.part.name}: ${kind} (${times} ×${where.size > 0 ? `; ${[...where].sort().join(', ')}` : ''})`,
        `  ${example.replaceAll('\n', '\n  ')}`,
        `  repeat: npm run torture -- --only ${this.part.name} --seed ${seed} --rounds 1`,
      ].join('\n'),
    )
  }
}

export const TABLE_HEAD = '| part | tried | highest | broke |\n| --- | --- | --- | --- |'

export interface RunOptions {
  readonly size: Size
  readonly seed: number
  /** Instead of as many as the size has. */
  readonly rounds?: number
  readonly open: (options?: TargetOptions) => Promise<Target>
  readonly progress?: (text: string) => void
}

/** Runs all rounds of a part. What breaks stops nothing. */
export async function runPart(part: Part, { size, seed, rounds, open, progress }: RunOptions): Promise<Outcome> {
  const outcome = new Outcome(part)
  const add = (map: Map<string, number>, name: string, value: number, join: (a: number, b: number) => number) =>
    map.set(name, join(map.get(name) ?? 0, value))
  const count = rounds ?? part.rounds[size]
  for (let i = 0; i < count; i++) {
    const opened: Target[] = []
    const round: Round = {
      seed: seed + i,
      size,
      open: async (options) => {
        const target = await open(options)
        opened.push(target)
        return target
      },
      tried: (what, times = 1) => {
        add(outcome.tried, what, times, (a, b) => a + b)
        const tried = [...outcome.tried].map(([name, times]) => `${times} ${name}`).join(', ')
        progress?.(`${part.name}: round ${i + 1} of ${count}; ${tried}; ${outcome.breakages.size} kinds of breakage`)
      },
      figure: (name, value) => add(outcome.figures, name, value, Math.max),
      broke: (kind, example, where) => outcome.broke(kind, example, seed + i, where),
      hasSeen: (kind) => outcome.breakages.has(kind),
    }
    try {
      await part.run(round)
    } catch (error) {
      round.broke(
        `the round stopped: ${(error as Error).message.split('\n')[0]}`,
        (error as Error).stack ?? String(error),
      )
    }
    for (const target of opened) await target.stop()
    for (const { complaint } of opened) {
      for (const error of complaint.startsWith('Error: the server ended')
        ? [complaint]
        : complaint.split(/\n(?=[^\s}])/))
        if (error.trim()) round.broke(`the server complained: ${titleOf(error)}`, error)
    }
  }
  return outcome
}

/** The first line of an error, without what differs from case to case. */
function titleOf(error: string): string {
  return (error.split('\n')[0] ?? '').replace(/[0-9a-f]{32}|\d{3,}/g, '…').slice(0, 140)
}

function shorten(text: string): string {
  return text.length > 1500 ? `${text.slice(0, 1500)}… (${text.length} characters)` : text
}

/** A sequence of numbers from 0 to 1 that its seed decides (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
