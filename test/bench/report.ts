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

/** The table that ends a run. */
export function closingTable(rows: readonly Row[]): Table {
  return {
    head: ['what', 'target', 'measured', 'peer', 'met'],
    rows: rows.map((row) => {
      const met = isMet(row)
      const unit = row.unit === '×' ? '×' : ` ${row.unit}`
      return [
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
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Why figures miss their goals, from a profile of the same run, and what would have to change. */
export function explain(rows: readonly Row[], { title }: Subject, profile: Profile): string {
  const list = (shares: readonly Share[]) => shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')
  const missing = rows.map((row) => {
    const peer = row.peer === '' ? '' : ` (${row.peer})`
    return `- **${row.name}**${peer}: ${remedy(shortfall(row), profile)}`
  })
  const ours = profile.ours.length === 0 ? '' : ` Of our own, most: ${list(profile.ours.slice(0, 6))}.`
  return `${missing.join('\n')}\n\nProfile of ${title}: ${list(profile.groups.slice(0, 8))}.${ours}`
}

/** Which part of our own cost would have to go for the goal to be met. */
export function shortfall({ goal, measured }: Pick<Row, 'goal' | 'measured'>): number {
  if (goal === null) return 0
  return Math.max(0, 'atLeast' in goal ? 1 - measured / goal.atLeast : 1 - goal.atMost / measured)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
