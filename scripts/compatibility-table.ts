import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Cell } from '../test/matrix/cells.ts'

/** What became of a cell. */
export interface Result {
  readonly id: string
  readonly works: boolean
  /** Whether that is what docs/compatibility.md promises: a cell that is not supported must not work. */
  readonly isAsExpected: boolean
  readonly versions: Readonly<Record<string, string>>
  /** What was printed; of a cell that works, what its row adds. */
  readonly output: string
  readonly seconds: number
}

const RESULTS = 'test/matrix/results.json'
const DOCUMENT = 'docs/compatibility.md'
const MARKS = ['<!-- matrix: begin -->', '<!-- matrix: end -->'] as const

type Row = Pick<Result, 'id' | 'works' | 'versions'> & { note: string; date: string }

export function readResults(): Row[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Row[]) : []
}

/** Keeps the last result of each cell that there still is, and writes the tables. */
export function writeResults(cells: readonly Cell[], results: readonly (Result | Row)[]): void {
  const today = new Date().toISOString().slice(0, 10)
  const byId = new Map(results.map((result) => [result.id, 'note' in result ? result : toRow(result, today)]))
  const rows = cells.flatMap(({ id }) => byId.get(id) ?? [])
  writeFileSync(RESULTS, `${JSON.stringify(rows, null, 2)}\n`)
  const document = readFileSync(DOCUMENT, 'utf8')
  const [before, after] = [document.split(MARKS[0])[0], document.split(MARKS[1])[1]]
  writeFileSync(DOCUMENT, `${before}${MARKS[0]}\n${tables(cells, byId)}${MARKS[1]}${after}`)
}

function toRow({ id, works, versions, output }: Result, date: string): Row {
  return { id, works, versions, note: works && output.startsWith('errors in') ? output : '', date }
}

/** What stands between the marks of docs/compatibility.md: a table for each group, a row for each cell. */
export function tables(cells: readonly Cell[], results: ReadonlyMap<string, Row>): string {
  const groups = Map.groupBy(cells, ({ group }) => group)
  return [...groups].map(([group, members]) => `\n### ${group}\n\n${table(members, results)}\n`).join('')
}

function table(cells: readonly Cell[], results: ReadonlyMap<string, Row>): string {
  const lines = cells.map((cell) => {
    const row = results.get(cell.id)
    return `| ${cell.what} | ${row ? resolved(cell, row) : ''} | ${verdict(cell, row)} |`
  })
  return ['| what | resolved to | works |', '| --- | --- | --- |', ...lines].join('\n')
}

function resolved({ group, what }: Cell, { versions }: Row): string {
  const named = Object.entries(versions).filter(([name]) => {
    if (name === 'node') return group !== 'TypeScript'
    return what.includes(name.replace('typescript-', 'TypeScript '))
  })
  return named.map(([name, version]) => `${name.replace(/-\d.*/, '')} ${version}`).join(', ')
}

function verdict({ unsupported }: Cell, row: Row | undefined): string {
  if (row === undefined) return 'not tried'
  if (!row.works) return `**no**${unsupported ? `: ${unsupported}` : ''}`
  return row.note === '' ? 'yes' : `yes; ${row.note}`
}
