/**
 * Whether a URL stands for an image that cannot be fetched: a host that is `invalid` or under it. Nothing is ever
 * fetched.
 */
export function isUnreachable(url: string): boolean {
  return URL.canParse(url) && /(^|\.)invalid$/.test(new URL(url).hostname)
}
