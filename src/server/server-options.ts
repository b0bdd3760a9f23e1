import type { Api } from '../api/api.ts'
import type { ClockMode } from '../drive/clock-mode.ts'
import { isHostPattern } from '../engine/callback-target.ts'
import { type Field, type Fields, isRecord, oneOf, TEXT, TEXTS } from '../engine/fields.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import type { LoadSource } from '../phota/load.ts'
import type { PhotaWorldOptions } from '../phota/options.ts'
import type { Scenario } from '../phota/scenario.ts'
import type { ControlAccess } from './guard.ts'
import type { Logger } from './logger.ts'

/** How a server starts. */
export interface ServerOptions {
  /** 0 for any free one. @default 4010 */
  port?: number
  /** @default '127.0.0.1' */
  host?: string
  /**
   * Where clients reach it: download URLs begin with it. `'auto'` follows the name and port that each client used, if
   * that is loopback or one of `publicHosts`; else it is host and port. A callback carries the name of its submit.
   * @default 'auto'
   */
  publicUrl?: string
  /**
   * Names besides loopback that `'auto'` may follow, without port; `*.name` for subdomains, `*` for all.
   *
   * @default none
   */
  publicHosts?: readonly string[]
  /**
   * Origins of download URLs by the name that the client asked for, lowercase and without port, as the real API has
   * another host for them: `{ 'api.photalabs.com': 'https://cache-cdn.photalabs.com' }`. Somebody has to bring the
   * requests for both here. Only under `publicUrl: 'auto'`. @default none
   */
  downloadOrigins?: Readonly<Record<string, string>>
  /** @default 'real' */
  clock?: ClockMode
  /** Only under `clock: 'real'`. @default 1 */
  speed?: number
  /**
   * How long, in wall ms, a callback attempt may stay unanswered while the clock does not follow the wall.
   *
   * @default 250
   */
  callbackGraceMs?: number
  /** Options of the default World; its `cdnBaseUrl` is the server's own. */
  world?: Partial<PhotaWorldOptions>
  /** What the default World holds. */
  contents?: LoadSource
  /** What becomes of which requests to the default World. */
  scenarios?: readonly Scenario[]
  /** Hold each answer against openapi.yaml before it leaves. @default false */
  checkResponses?: boolean
  logger?: Logger
  /**
   * The origin whose pages may use the API and download its images, `*` for all; the control API is never theirs.
   * @default none
   */
  cors?: string
  /** Whether there is a control API, and who besides this machine may use it. @default true */
  control?: boolean | Partial<ControlAccess>
  /**
   * What the ids of its Worlds and their keys begin with, and a dash, so that a proxy before several servers can go by
   * them.
   */
  shard?: string
  /**
   * A folder that its Worlds are kept in, made if it is not there. A server that starts with it again goes on with
   * them; `world`, `contents`, `scenarios`, `clock` and `speed` are then only for a folder that is empty.
   *
   * @default none: all is in memory
   */
  data?: string
  /** Which API it serves. @default that of Phota */
  api?: Api
}

const ANY: Field = { expects: 'anything', accepts: () => true }
/** What each option may hold. */
export const SERVER_FIELDS: Fields<ServerOptions> = {
  port: {
    expects: 'a whole number from 0 to 65535',
    accepts: (port) => Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65_535,
  },
  host: TEXT,
  publicUrl: TEXT,
  publicHosts: TEXTS,
  downloadOrigins: {
    expects: 'an object of origins by name',
    accepts: (origins) =>
      isRecord(origins) &&
      Object.values(origins).every((origin) => typeof origin === 'string' && URL.parse(origin)?.origin === origin),
  },
  clock: ANY,
  speed: ANY,
  callbackGraceMs: { expects: 'milliseconds of 0 or more', accepts: (ms) => typeof ms === 'number' && ms >= 0 },
  world: { expects: 'an object of World options', accepts: isRecord },
  contents: ANY,
  scenarios: { expects: 'a list of scenarios', accepts: Array.isArray },
  checkResponses: oneOf(true, false),
  logger: ANY,
  cors: TEXT,
  control: {
    expects: 'true, false, or an object',
    accepts: (control) => typeof control === 'boolean' || isRecord(control),
  },
  shard: TEXT,
  data: { expects: 'a folder', accepts: (folder) => typeof folder === 'string' && folder !== '' },
  api: ANY,
}

/** @throws {MisuseError} for names without a token */
export function accessOf(control: boolean | Partial<ControlAccess>): ControlAccess | null {
  if (control === false) return null
  const { hosts = [], token = null } = control === true ? {} : control
  if (hosts.length > 0 && token === null)
    throw new MisuseError(
      `control: whoever reaches ${hosts.join(', ')} could do anything here; expects a token too (--control-token)`,
    )
  return { hosts: hosts.map((name) => name.toLowerCase()), token }
}

/** @throws {MisuseError} for what is no name, and for names beside a fixed URL */
export function assertPublicHosts(hosts: readonly string[], givenUrl: string | null): void {
  const odd = hosts.find((host) => !isHostPattern(host))
  if (odd !== undefined) {
    throw new MisuseError(
      `publicHosts expects names without scheme and port, received ${shown(odd)}. Examples: phota-mock, *.internal, *`,
    )
  }
  if (hosts.length > 0 && givenUrl !== null) {
    throw new MisuseError(
      'publicHosts (--allow-public-host) are names that download URLs may follow, and publicUrl ' +
        `(--public-url) says ${givenUrl} for all; expects one of the two`,
    )
  }
}
