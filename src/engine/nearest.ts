/** A name longer than this is no slip of a shorter one, and comparing it would take its time. */
const LONGEST = 64

/**
 * The name that was most likely meant: in another case or spelling, or at most a third of its letters away; else
 * `null`.
 */
export function nearest(name: string, names: Iterable<string>): string | null {
  if (name.length > LONGEST) return null
  const given = plain(name)
  let best: { name: string; distance: number } | null = null
  for (const candidate of names) {
    const wanted = plain(candidate)
    const distance = edits(given, wanted)
    if (
      distance <= Math.max(1, Math.floor(wanted.length / 3)) &&
      distance < (best?.distance ?? Number.POSITIVE_INFINITY)
    )
      best = { name: candidate, distance }
  }
  return best?.name ?? null
}

/** ` Did you mean deposit?`, or nothing. */
export function suggestion(name: string, names: Iterable<string>): string {
  const meant = nearest(name, names)
  return meant === null ? '' : ` Did you mean ${meant}?`
}

/** `retryAfter`, `retry_after` and `retry-after` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

/** Letters to add, drop, replace or swap with the next. */
function edits(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const next = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      let least = Math.min(
        (last[column] as number) + 1,
        (next[column - 1] as number) + 1,
        (last[column - 1] as number) + (isSame ? 0 : 1),
      )
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        least = Math.min(least, (before[column - 2] as number) + 1)
      next.push(least)
    }
    before = last
    last = next
  }
  return last[to.length] as number
}
