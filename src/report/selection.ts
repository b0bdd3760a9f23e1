import { UsageProblem } from './usage-problem.ts'

/** What may be chosen among, and what it is called. */
interface Choosable {
  readonly ids: readonly string[]
  /** In the singular: `rule`. */
  readonly item: string
}

/** Which ids `--only` and `--skip` leave. Both take ids and beginnings of ids (`poll`, `poll.expired`). */
export function selection({
  only = [''],
  skip = [],
}: {
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
}): (id: string) => boolean {
  return (id) => isNamed(id, only, true) && !isNamed(id, skip, false)
}

/** @throws {UsageProblem} if there is nothing of this id, nor anything that it begins where that will do */
export function mustBeKnown(flag: string, name: string, mayBeChapter: boolean, { ids, item }: Choosable): void {
  if (ids.some((id) => id === name || (mayBeChapter && isNamed(id, [name], true)))) return
  const alike = ids.filter((id) => chapterOf(id) === chapterOf(name))
  const hint = alike.length > 0 ? alike.join(', ') : [...new Set(ids.map(chapterOf))].join(', ')
  throw new UsageProblem(`${flag}: there is no ${item} "${name}". There are: ${hint}`)
}

/** What stands before the first dot of an id. */
export function chapterOf(id: string): string {
  return id.split('.', 1)[0] ?? id
}

function isNamed(id: string, names: readonly string[], ifEmpty: boolean): boolean {
  if (names.length === 0) return ifEmpty
  return names.some((name) => name === '' || id === name || id.startsWith(name.endsWith('.') ? name : `${name}.`))
}
