import type { Flaw } from './flaw.ts'
import type { Spot } from './place.ts'

/** For some flaws, which further texts are taken for an HTTPS URL. */
const LENIENCE: Record<string, (text: string) => boolean> = {
  'callback-garbage-accepted': (text) => !URL.canParse(text),
  'callback-http-accepted': (text) => URL.canParse(text) && new URL(text).protocol === 'http:',
  'callback-https-prefix-accepted': (text) => text.startsWith('https'),
  'callback-https-inside-accepted': (text) => text.includes('https'),
  'callback-upper-http-accepted': (text) => text.startsWith('HTTP:'),
  'callback-blank-accepted': (text) => /^\s+http:/.test(text),
  'callback-without-scheme-accepted': (text) => text.startsWith('//'),
  'callback-without-host-accepted': (text) => /^https:\/\/([/?#:]|$)/.test(text),
  'callback-javascript-accepted': (text) => /^(javascript|data|file):/i.test(text),
  'callback-ftp-accepted': (text) => /^(ftp|ws|wss|gopher):/i.test(text),
  'callback-http-443-accepted': (text) => /^http:\/\/[^/]+:443(\/|$)/.test(text),
}

export function mayBeCalled(text: string, flaw: Flaw, spot: Spot): boolean {
  return isHttps(text) || isHttpToLoopback(text) || (flaw.pick(LENIENCE, spot)?.(text) ?? false)
}

const isHttps = (text: string): boolean => /^https:\/\/[^/?#:\s]/i.test(text) && URL.canParse(text)

function isHttpToLoopback(text: string): boolean {
  return /^http:\/\/[^/?#:\s]/i.test(text) && URL.canParse(text) && isLoopback(new URL(text))
}

export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname)
