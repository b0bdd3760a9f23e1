/** `2026-06-22 12:00:18`, in UTC. The page says that it is UTC where it shows one. */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

/** `12:00:18`, or with its date where that is another day than `nearMs`. */
export function timeText(ms: number, nearMs: number): string {
  const text = clockText(ms)
  return text.slice(0, 10) === clockText(nearMs).slice(0, 10) ? text.slice(11) : text
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** `18 s`, `1 h 5 min`, `350 ms`: its two largest units. */
export function spanText(ms: number): string {
  const size = Math.abs(ms)
  if (size < 1000) return `${Math.round(size)} ms`
  const at = UNITS.findIndex(([, unit]) => size >= unit)
  const [name, unit] = UNITS[at] as (typeof UNITS)[number]
  const next = UNITS[at + 1]
  if (!next) return `${Math.round(size / 100) / 10} s`
  const rest = Math.floor((size % unit) / next[1])
  return `${Math.floor(size / unit)} ${name}${rest > 0 ? ` ${rest} ${next[0]}` : ''}`
}

/** Indented if it is JSON, unchanged otherwise. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
