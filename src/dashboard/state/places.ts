/** An entry of the browser's history, so that Back and Esc return to where it was left. */
interface Entry {
  readonly place: string
  /** Whether another page of the dashboard led here. */
  readonly isWithin: boolean
}

interface Left {
  readonly scrollY: number
  /** Finds the element that had the focus. */
  readonly focus: string | null
}

/** How long to wait until there is enough content to scroll to the old place, in ms. */
const LONGEST_RETURN_MS = 3000

const left = new Map<string, Left>()
let made = 0
let current = adopt(false).place

// The browser would restore the scroll before the content is there.
history.scrollRestoration = 'manual'

function adopt(isWithin: boolean): Entry {
  const known = history.state as Entry | null
  if (known?.place) return known
  // Unique across reloads of the page, because the browser's history survives a reload.
  const entry = { place: `${Date.now()}-${made++}`, isWithin }
  history.replaceState(entry, '')
  return entry
}

/** To be called when the address has changed and the old page is still shown: remembers its place. */
export function leavePlace(): void {
  left.set(current, { scrollY, focus: selectorOf(document.activeElement) })
}

/** To be called when the new page is shown, perhaps still without content: restores its place. */
export function arriveAtPlace(): void {
  current = adopt(true).place
  const before = left.get(current)
  if (before) comeBack(before)
  else {
    scrollTo(0, 0)
    requestAnimationFrame(focusMain)
  }
}

/** @returns whether another page of the dashboard led to this one, to which the browser goes back */
export function goBack(): boolean {
  const { isWithin } = history.state as Entry
  if (isWithin) history.back()
  return isWithin
}

function comeBack({ scrollY, focus }: Left): void {
  const untilMs = performance.now() + LONGEST_RETURN_MS
  const hands = new AbortController()
  // If the user scrolls or types meanwhile, nothing is restored.
  for (const kind of ['wheel', 'keydown', 'pointerdown', 'hashchange'])
    addEventListener(kind, () => hands.abort(), { once: true, passive: true, signal: hands.signal })
  const step = (): void => {
    if (hands.signal.aborted) return
    scrollTo(0, scrollY)
    const element = focus === null ? null : document.querySelector<HTMLElement>(focus)
    element?.focus({ preventScroll: true })
    const isThere = (focus === null || element !== null) && Math.abs(window.scrollY - scrollY) < 2
    if (!isThere && performance.now() < untilMs) requestAnimationFrame(step)
    else {
      hands.abort()
      focusMain()
    }
  }
  requestAnimationFrame(step)
}

/** If the element with the focus was removed with its page, the focus moves to the content. */
function focusMain(): void {
  if (document.activeElement === null || document.activeElement === document.body)
    document.getElementById('main')?.focus({ preventScroll: true })
}

function selectorOf(element: Element | null): string | null {
  if (element === null || element === document.body) return null
  if (element.id) return `#${CSS.escape(element.id)}`
  const address = element.getAttribute('href')
  return address === null ? null : `main a[href="${CSS.escape(address)}"]`
}
