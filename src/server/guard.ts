import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../engine/callback-target.ts'

/** Who may use the control API. */
export interface ControlAccess {
  /** Names besides loopback by which it may be reached, lowercase and without port. */
  readonly hosts: readonly string[]
  /** What every request must carry as a bearer token; `null` if none need. */
  readonly token: string | null
}

/** Why a control request is not even looked at. */
export interface Denial {
  readonly status: 401 | 403
  readonly message: string
}

/**
 * No name that a stranger's DNS points at us reaches a developer's machine.
 *
 * @returns `null` if the request may go on
 */
export function denyName({ host = '' }: IncomingHttpHeaders, { hosts }: ControlAccess): Denial | null {
  const name = hostname(`http://${host}`)
  if (name !== null && (isLoopback(name) || hosts.includes(name))) return null
  return {
    status: 403,
    message: `The control API answers to loopback names only, such as 127.0.0.1; this request is for '${host}'. Another name is let in by --allow-control-host and --control-token.`,
  }
}

/**
 * No page of another site, and no name that a stranger's DNS points at us, may move a developer's clock.
 *
 * @returns `null` if the request may go on
 */
export function denySite(headers: IncomingHttpHeaders, access: ControlAccess): Denial | null {
  const { host = '', origin, 'sec-fetch-site': fetchSite } = headers
  const denial = denyName(headers, access)
  if (denial) return denial
  if (fetchSite !== 'cross-site' && (origin === undefined || hostname(origin) === hostname(`http://${host}`)))
    return null
  return {
    status: 403,
    message: `The control API answers no page of another site; this request comes from '${origin ?? String(fetchSite)}'.`,
  }
}

/** @returns `null` if the request may go on */
export function denyStranger({ authorization }: IncomingHttpHeaders, { token }: ControlAccess): Denial | null {
  if (token === null || isEqual(authorization ?? '', `Bearer ${token}`)) return null
  return {
    status: 401,
    message: `The control API expects the token of --control-token as 'Authorization: Bearer …'; the request ${authorization === undefined ? 'has none' : 'has another'}.`,
  }
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}

function hostname(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
