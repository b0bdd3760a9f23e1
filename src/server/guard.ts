import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
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

/** What of a request says whether it may go on. */
export interface Caller {
  readonly headers: IncomingHttpHeaders
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>
}

/**
 * No name that a stranger's DNS points at us reaches a developer's machine, and another machine cannot pass for this
 * one by asking for `localhost`.
 *
 * @returns `null` if the request may go on
 */
export function denyName({ headers: { host = '' }, socket }: Caller, { hosts }: ControlAccess): Denial | null {
  const name = hostname(`http://${host}`)
  if (name !== null && hosts.includes(name)) return null
  if (!isLoopbackAddress(socket.remoteAddress ?? '')) {
    return {
      status: 403,
      message:
        'The control API answers to this machine only; this request comes from ' +
        `${socket.remoteAddress}. Other machines are let in by the name they ask for, here ` +
        `'${name}', with --allow-control-host and --control-token.`,
    }
  }
  if (name !== null && isLoopback(name)) return null
  return {
    status: 403,
    message:
      'The control API answers to loopback names only, such as 127.0.0.1; this request is for ' +
      `'${host}'. Another name is let in by --allow-control-host and --control-token.`,
  }
}

/**
 * No page of another site, and no name that a stranger's DNS points at us, may move a developer's clock.
 *
 * @returns `null` if the request may go on
 */
export function denySite(caller: Caller, access: ControlAccess): Denial | null {
  const { host = '', origin, 'sec-fetch-site': fetchSite } = caller.headers
  const denial = denyName(caller, access)
  if (denial) return denial
  if (fetchSite !== 'cross-site' && (origin === undefined || hostname(origin) === hostname(`http://${host}`)))
    return null
  const from = origin ?? String(fetchSite)
  return {
    status: 403,
    message: `The control API answers no page of another site; this request comes from '${from}'.`,
  }
}

/**
 * Whoever submits a job chooses where its callback goes, and no more. A callback is known by its signature header, so
 * that no spelling of our own address, no DNS name and no proxy leads one here.
 *
 * @param signatureHeader as the API spells it
 * @returns `null` if the request may go on
 */
export function denyCallback({ headers }: Caller, signatureHeader: string): Denial | null {
  if (headers[signatureHeader.toLowerCase()] === undefined) return null
  return { status: 403, message: `The control API takes no callbacks; this request has an ${signatureHeader} header.` }
}

/** @returns `null` if the request may go on */
export function denyStranger({ headers: { authorization } }: Caller, { token }: ControlAccess): Denial | null {
  if (token === null || isEqual(authorization ?? '', `Bearer ${token}`)) return null
  return {
    status: 401,
    message:
      `The control API expects the token of --control-token as 'Authorization: Bearer …'; the ` +
      `request ${authorization === undefined ? 'has none' : 'has another'}.`,
  }
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}

/** An IPv4 address may come in the form of IPv6. */
function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address)
}

function hostname(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
