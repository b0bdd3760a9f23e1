/**
 * Whether a URL stands for an image that cannot be fetched: a host that is `invalid` or under it. Nothing is ever
 * fetched.
 */
export function isUnreachable(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && isInvalidHost(parsed)
}

/** The same of a URL that is parsed already. */
export function isInvalidHost({ hostname }: URL): boolean {
  return /(^|\.)invalid$/.test(hostname)
}
