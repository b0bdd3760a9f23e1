import { bareHost } from './base-url.ts'

/** Which callback URLs a World accepts at submit, and which it ever calls. */
export interface CallbackPolicy {
  /**
   * Hosts that may be called besides loopback, without scheme or port; `*.example.test` stands for every subdomain, `*`
   * for all.
   */
  allowCallbackHosts: readonly string[]
  /** Refuse `http:` even to loopback. */
  httpsCallbacksOnly: boolean
}

/** Why a submit with this callback URL is refused, or `null`: submit.callback-https. */
export function callbackUrlProblem(url: string, policy: CallbackPolicy): string | null {
  if (!URL.canParse(url)) return 'Input should be a valid URL'
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:') return null
  if (protocol === 'http:' && !policy.httpsCallbacksOnly && mayBeCalled(hostname, policy)) return null
  return 'URL scheme should be https'
}

/** Whether the World may POST to this host at all: loopback, or listed. */
export function mayBeCalled(hostname: string, policy: CallbackPolicy): boolean {
  const host = bareHost(hostname.toLowerCase())
  return isLoopback(host) || policy.allowCallbackHosts.some((allowed) => covers(bareHost(allowed.toLowerCase()), host))
}

/** Whether it could ever match a URL's host: a bare name or address, `*.` before a name, or `*`. */
export function isHostPattern(text: unknown): boolean {
  if (typeof text !== 'string') return false
  if (text === '*') return true
  const host = text.replace(/^\*\./, '').toLowerCase()
  const url = `http://${host}`
  return !host.includes('*') && URL.canParse(url) && new URL(url).hostname === host
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

/** Whether a pattern of `isHostPattern` stands for this host; both in lowercase. */
export function covers(allowed: string, hostname: string): boolean {
  if (allowed === '*') return true
  return allowed.startsWith('*.') ? hostname.endsWith(allowed.slice(1)) : hostname === allowed
}
