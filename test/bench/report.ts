import { table, wrap } from '../../scripts/markdown.ts'
import { digits } from './measure.ts'
import { type Profile, remedy, type Share } from './profile.ts'

/** What a figure has to be. */
export type Goal = { atLeast: number } | { atMost: number }

/** One measured figure. */
export interface Row {
  name: string
  /** `null` for a figure that is only told. */
  goal: Goal | null
  measured: number
  /** As printed after the number: `×`, `ms`, `bytes`. */
  unit: string
  /** Against what, if it is a ratio. */
  peer: string
  /** Which profile explains it, where it misses. */
  subject?: Subject
}

/** Something that can be profiled. */
export interface Subject {
  title: string
  take(): Promise<Profile>
}

export interface Table {
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** What a section found. */
export interface Findings {
  notes: string[]
  tables: Table[]
  rows: Row[]
}

/** What the sections share. */
export interface Bench {
  /** One short round of each, to try whether it works. */
  quick: boolean
  rounds: number
  progress(text: string): void
}

/** A subject of its own, told by its name in `--only`. */
export interface Section {
  name: string
  title: string
  run(bench: Bench): Promise<Findings>
}

/** Whether a figure reaches its goal; `null` without one. */
export function isMet({ goal, measured }: Pick<Row, 'goal' | 'measured'>): boolean | null {
  if (goal === null) return null
  return 'atLeast' in goal ? measured >= goal.atLeast : measured <= goal.atMost
}

/** The figures of one section beside their targets. @param title the section's */
export function closingTable(rows: readonly Row[], title: string): Table {
  return {
    head: ['section', 'what', 'target', 'measured', 'peer', 'met'],
    rows: rows.map((row) => {
      const met = isMet(row)
      const unit = row.unit === '×' ? '×' : ` ${row.unit}`
      return [
        title,
        row.name,
        row.goal === null ? '' : `${'atLeast' in row.goal ? `≥ ${row.goal.atLeast}` : `≤ ${row.goal.atMost}`}${unit}`,
        `${digits(row.measured)}${unit}`,
        row.peer,
        met === null ? '' : met ? 'yes' : '**no**',
      ]
    }),
  }
}

export function markdown({ head, rows }: Table): string {
  return table(head, rows)
}

/** A section of docs/benchmarks.md, with the machine and the version that its figures are of. */
export function sectionText(
  { title }: Pick<Section, 'title'>,
  { notes, tables }: Findings,
  run: string,
  misses: readonly string[],
): string {
  return [
    `## ${title}`,
    wrap(run),
    ...notes.map((note) => wrap(note)),
    ...tables.map(markdown),
    ...(misses.length > 0 ? ['### What misses its target', ...misses] : []),
  ].join('\n\n')
}

/** What a section puts into the document. */
export interface Part {
  title: string
  text: string
  rows: readonly Row[]
}

const TARGETS = '## Targets'

/**
 * The document with these sections in the place of those of the same titles; others stay as their own runs left them.
 *
 * @param order all titles, as they stand in the document
 */
export function merged(document: string, parts: readonly Part[], order: readonly string[]): string {
  const [intro = '', ...old] = document.trimEnd().split(/\n\n(?=## )/)
  const texts = new Map(old.map((text) => [text.slice(3).split('\n')[0] ?? '', text]))
  for (const { title, text } of parts) texts.set(title, text)
  const rows = new Map<string, string[]>(
    parts.map(({ title, rows }) => [title, closingTable(rows, title).rows.map(cells)]),
  )
  for (const [line, title = ''] of (texts.get('Targets') ?? '').matchAll(/^\| ([^|]+?) \|.*$/gm)) {
    if (parts.some((part) => part.title === title)) continue
    rows.set(title, [...(rows.get(title) ?? []), line])
  }
  const [head, line] = markdown(closingTable([], '')).split('\n')
  const targets = [head, line, ...order.flatMap((title) => rows.get(title) ?? [])].join('\n')
  return `${[intro, `${TARGETS}\n\n${targets}`, ...order.flatMap((title) => texts.get(title) ?? [])].join('\n\n')}\n`
}

function cells(row: readonly string[]): string {
  return markdown({ head: row, rows: [] }).split('\n')[0] as string
}

/** Why figures miss their goals, from a profile of the same run, and what would have to change. */
export function explain(rows: readonly Row[], { title }: Subject, profile: Profile): string {
  const list = (shares: readonly Share[]) => shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')
  const missing = rows.map((row) => {
    const peer = row.peer === '' ? '' : ` (${row.peer})`
    return wrap(`- **${row.name}**${peer}: ${remedy(shortfall(row), profile)}`, '  ')
  })
  const ours = profile.ours.length === 0 ? '' : ` Of our own, most: ${list(profile.ours.slice(0, 6))}.`
  return `${missing.join('\n')}\n\n${wrap(`Profile of ${title}: ${list(profile.groups.slice(0, 8))}.${ours}`)}`
}

/** Which part of our own cost would have to go for the goal to be met. */
export function shortfall({ goal, measured }: Pick<Row, 'goal' | 'measured'>): number {
  if (goal === null) return 0
  return Math.max(0, 'atLeast' in goal ? 1 - measured / goal.atLeast : 1 - goal.atMost / measured)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
