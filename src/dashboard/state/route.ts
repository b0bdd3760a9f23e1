import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { arriveAtPlace, leavePlace } from './places.ts'

export const SECTIONS = [
  'jobs',
  'callbacks',
  'profiles',
  'accounts',
  'journal',
  'submit',
  'scenarios',
  'worlds',
] as const
export type Section = (typeof SECTIONS)[number]

/** What the page shows, as its address says: `#/w/default/jobs/5f3c…?status=failed`. */
export interface Route {
  readonly world: string
  readonly section: Section
  /** The job, callback, account or journal entry; `null` for the list. */
  readonly id: string | null
  readonly query: Readonly<Record<string, string>>
}

/** The World that always exists. */
export const DEFAULT_WORLD = 'default'

const hash = signal(location.hash)
addEventListener('hashchange', () => {
  leavePlace()
  hash.value = location.hash
  arriveAtPlace()
})

export const route: ReadonlySignal<Route> = computed(() => parse(hash.value))
export const worldId: ReadonlySignal<string> = computed(() => route.value.world)
/** The page that is shown, without what is filtered on it. */
export const place: ReadonlySignal<string> = computed(() => placeOf(hash.value))

/** The page that the address names. It may not be shown yet. */
export function placeAhead(): string {
  return placeOf(location.hash)
}

function placeOf(text: string): string {
  return text.split('?', 1)[0] ?? ''
}

function parse(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#\/?/, '').split('?', 2)
  const parts = path.split('/').map(decode)
  const [world = DEFAULT_WORLD, section = 'jobs', id] = parts[0] === 'w' ? parts.slice(1) : []
  return {
    world,
    section: SECTIONS.find((one) => one === section) ?? 'jobs',
    id: id || null,
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The address of a place in this World, or in another. */
export function href(to: Partial<Omit<Route, 'section'>> & Pick<Route, 'section'>): string {
  const path = ['w', to.world ?? worldId.value, to.section, ...(to.id ? [to.id] : [])]
  const query = new URLSearchParams(Object.entries(to.query ?? {}).filter(([, value]) => value !== '')).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${query && `?${query}`}`
}

export function go(to: Parameters<typeof href>[0]): void {
  location.hash = href(to)
}

/** Goes there and replaces the present history entry, so that the Back button skips it. */
export function goInstead(to: Parameters<typeof href>[0]): void {
  location.replace(href(to))
}

/** Puts the filters into the address, without a history entry. */
export function setQuery(change: Record<string, string>): void {
  history.replaceState(history.state, '', href({ ...route.value, query: { ...route.value.query, ...change } }))
  hash.value = location.hash
}
