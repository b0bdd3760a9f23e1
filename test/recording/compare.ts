import type { Exchange } from './exchange.ts'

/** One thing in which two exchanges differ. */
export interface Difference {
  /** What kind of thing, and of which operation: differences of one kind are told together. */
  readonly kind: string
  readonly at: string
  readonly before: string
  readonly after: string
}

/** How many of a kind are shown whole. */
const SHOWN = 2
const AROUND = 60
const LONGEST = 240
/** Fields that tell people what went wrong. */
const SENTENCES: ReadonlySet<string> = new Set(['detail', 'message', 'msg', 'error'])

/** Everything in which two recordings differ, exchange by exchange. */
export function differences(before: readonly Exchange[], after: readonly Exchange[]): Difference[] {
  const known = new Map(after.map((exchange) => [placeOf(exchange), exchange]))
  const found = before.flatMap((exchange) => {
    const other = known.get(placeOf(exchange))
    known.delete(placeOf(exchange))
    return other ? inExchange(exchange, other) : [gone(exchange, 'only before')]
  })
  return [...found, ...Array.from(known.values(), (exchange) => gone(exchange, 'only after'))]
}

/** For people: each kind with its count, the most frequent first, and the first of each in full. */
export function report(found: readonly Difference[]): string {
  const kinds = [...Map.groupBy(found, ({ kind }) => kind)].sort(([, a], [, b]) => b.length - a.length)
  const blocks = kinds.map(([kind, list]) => {
    const shown = list.slice(0, SHOWN).map(({ at, before, after }) => {
      const [was, is] = excerpts(before, after)
      return `  ${at}\n    before: ${was}\n    after:  ${is}`
    })
    const more = list.length > SHOWN ? [`  … and ${list.length - SHOWN} more`] : []
    return [`${list.length} × ${kind}`, ...shown, ...more].join('\n')
  })
  const places = new Set(found.map(({ at }) => at)).size
  return `${blocks.join('\n\n')}\n\n${found.length} differences of ${kinds.length} kinds, in ${places} exchanges\n`
}

function placeOf({ door, n }: Exchange): string {
  return `${door} ${n}`
}

function nameOf({ door, n, kind, what, asked }: Exchange): string {
  const { method = '', path = '' } = (asked ?? {}) as { method?: string; path?: string }
  return `${door} ${n}: ${kind} ${what}${method && ` ${method} ${path.slice(0, 100)}`}`
}

function gone(exchange: Exchange, which: string): Difference {
  const text = JSON.stringify(exchange)
  const [before, after] = which === 'only before' ? [text, ''] : ['', text]
  return { kind: `exchange ${which}: ${exchange.kind} ${exchange.what}`, at: nameOf(exchange), before, after }
}

function inExchange(before: Exchange, after: Exchange): Difference[] {
  const at = nameOf(before)
  const label = `${before.kind} ${before.what}`
  const found: Difference[] = []
  const compare = (kind: string, was: unknown, is: unknown): void => {
    if (JSON.stringify(was) === JSON.stringify(is)) return
    found.push({ kind: `${kind}: ${label}`, at, before: shown(was), after: shown(is) })
  }
  compare('operation', `${before.kind} ${before.what}`, `${after.kind} ${after.what}`)
  compare('request', before.asked, after.asked)
  compare('status', before.status ?? before.lost, after.status ?? after.lost)
  compare('connection', before.lost, after.lost)
  const [was, is] = [headersOf(before), headersOf(after)]
  for (const name of new Set([...was.keys(), ...is.keys()])) compare(`header ${name}`, was.get(name), is.get(name))
  if (found.every(({ kind }) => !kind.startsWith('header'))) compare('order of headers', before.headers, after.headers)
  if (before.sha256 === after.sha256 && before.text === after.text) return found
  const parts = inText(before.text, after.text)
  const told = parts.length > 0 ? parts : [{ kind: 'bytes of the body', was: before.sha256, is: after.sha256 }]
  for (const part of told) compare(part.kind, part.was, part.is)
  return found
}

function headersOf({ headers = [] }: Exchange): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of headers) values.set(name, values.has(name) ? `${values.get(name)}, ${value}` : value)
  return values
}

interface Part {
  readonly kind: string
  readonly was: unknown
  readonly is: unknown
}

function inText(was: string | undefined, is: string | undefined): Part[] {
  if (was === is) return []
  const [before, after] = [parse(was), parse(is)]
  if (before === undefined || after === undefined) return [{ kind: 'text of the body', was, is }]
  const parts = inValue(before, after, 'body')
  return parts.length > 0 ? parts : [{ kind: 'spelling or order of the JSON', was, is }]
}

/** @param path with `[]` for any position, so that the same field of many entries is one kind */
function inValue(was: unknown, is: unknown, path: string): Part[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  if (isObject(was) && isObject(is) && Array.isArray(was) === Array.isArray(is)) {
    const names = new Set([...Object.keys(was), ...Object.keys(is)])
    return [...names].flatMap((name) => {
      const inside = Array.isArray(was) ? `${path}[]` : `${path}.${name}`
      if (!(name in was)) return [{ kind: `${inside} only after`, was: undefined, is: is[name] }]
      if (!(name in is)) return [{ kind: `${inside} only before`, was: was[name], is: undefined }]
      return inValue(was[name], is[name], inside)
    })
  }
  // A journal keeps answers as texts that are JSON themselves.
  const inner = typeof was === 'string' && typeof is === 'string' ? [parse(was), parse(is)] : []
  if (isObject(inner[0]) && isObject(inner[1])) {
    const parts = inValue(inner[0], inner[1], `${path}→`)
    if (parts.length > 0) return parts
  }
  const isSentence = SENTENCES.has(path.split('.').at(-1) ?? '')
  return [{ kind: isSentence ? `sentence ${path}` : path, was, is }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function shown(value: unknown): string {
  return value === undefined ? '(nothing)' : typeof value === 'string' ? value : JSON.stringify(value)
}

/** The part of two texts in which they differ, with a little around it. */
function excerpts(was: string, is: string): [string, string] {
  let same = 0
  while (same < Math.min(was.length, is.length) && was[same] === is[same]) same++
  const from = Math.max(0, same - AROUND)
  const cut = (text: string): string =>
    `${from > 0 ? '…' : ''}${text.slice(from, from + LONGEST)}${text.length > from + LONGEST ? '…' : ''}`
  return [cut(was), cut(is)]
}
