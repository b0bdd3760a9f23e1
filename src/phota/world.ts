import type { Account } from '../engine/account.ts'
import type { WorldContext } from '../engine/context.ts'
import type { Dialect } from '../engine/dialect.ts'
import type { Submitted } from '../engine/jobs.ts'
import { load, type Part } from '../engine/load.ts'
import type { Plain } from '../engine/plain.ts'
import type { RestoreOwn } from '../engine/snapshot-own.ts'
import { World as EngineWorld } from '../engine/world.ts'
import type { PhotaContext } from './context.ts'
import { urlKeyOf } from './download-url.ts'
import { FAILURE_MESSAGES } from './failures.ts'
import { type ImageRequest, namedProfileIds } from './image-request.ts'
import { toOrder } from './image-work.ts'
import { viewJob } from './job-view.ts'
import { type LoadSource, partsOf } from './load.ts'
import { OWN_OPTION_FIELDS, type PhotaWorldOptions, resolveOwnOptions } from './options.ts'
import type { Picture } from './picture.ts'
import type { Profile } from './profile.ts'
import { Profiles, packProfile } from './profiles.ts'
import { assertScenario, isPlain, matches, type Scenario } from './scenario.ts'
import { SIGNATURE_HEADER, signBody } from './signature.ts'
import {
  assertJob,
  assertOwn,
  assertOwnOptions,
  checkProfiles,
  joinOwn,
  type PackedPicture,
  type PackedProfile,
  packPicture,
} from './snapshot.ts'

/** A World of the Phota API: jobs that make images, and profiles. */
export class World extends EngineWorld implements PhotaContext {
  declare readonly options: PhotaWorldOptions
  readonly profiles: Profiles
  readonly pictures: Map<string, Picture> = new Map()

  constructor(options: Partial<PhotaWorldOptions> = {}) {
    super(dialect, options)
    this.profiles = new Profiles(this)
  }

  /**
   * Takes on an image request.
   *
   * @param filesUrl where the callback says that images are; `null` where the World says
   * @throws {Refusal} 404 for an unusable profile id, if the World has `strictProfiles`
   * @throws {Refusal} as `Jobs.submit`
   */
  submit(account: Account, request: ImageRequest, mode: 'async' | 'sync', filesUrl: string | null = null): Submitted {
    const isReplay = mode === 'async' && this.jobs.replayOf(account, request.clientRequestId) !== null
    if (this.options.strictProfiles && !isReplay) this.profiles.assertUsable(account, namedProfileIds(request))
    return this.jobs.submit(account, toOrder(this, request), mode, filesUrl)
  }

  override scenario(scenario: Scenario): string {
    return super.scenario(scenario as never)
  }

  /**
   * Puts accounts, profiles, jobs and scenarios into this World: plain data, or @msw/data Collections.
   *
   * @throws {MisuseError} naming the record at fault
   */
  override load(source: LoadSource): void {
    load(this, source as never)
  }

  override get parts(): readonly Part[] {
    return partsOf(this)
  }

  override *ownParts(): IterableIterator<Profile | Picture> {
    yield* this.profiles.all()
    yield* this.pictures.values()
  }

  override packPart(part: object): PackedProfile | PackedPicture {
    return 'file' in part ? packPicture(part as Picture) : packProfile(part as Profile)
  }

  override restoreOwn(own: Plain | null, restore: RestoreOwn): void {
    assertOwn(own, 'snapshot.own')
    for (const packed of own.profiles) this.profiles.restore(packed, restore)
    for (const { id, data } of own.pictures ?? []) this.pictures.set(id, { id, file: Buffer.from(data, 'base64') })
  }
}

/** A World that is known to be of this API. */
export function photaWorld(world: WorldContext): World {
  if (world instanceof World) return world
  throw new Error(`World ${world.options.id} is of another API; this is a bug of phota-mock`)
}

/** What this API says. */
export const dialect: Dialect = {
  name: 'phota',
  failures: FAILURE_MESSAGES,
  timeout: 'TIMEOUT',
  optionFields: OWN_OPTION_FIELDS,
  resolveOptions: resolveOwnOptions,
  assertScenario,
  matches,
  isPlain,
  pollBody: (job, baseUrl, entropy) => JSON.stringify(viewJob(job, { baseUrl, urlKey: urlKeyOf(entropy) })),
  callbackHeaders: ({ secret, body }) => ({ [SIGNATURE_HEADER.toLowerCase()]: signBody(secret, body) }),
  signatureHeader: SIGNATURE_HEADER,
  assertJob,
  joinOwn,
  checkOwn: (own, check) => {
    assertOwn(own, 'own')
    checkProfiles(own.profiles, check)
  },
  assertOwnOptions,
}
