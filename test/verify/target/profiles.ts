import type { Account } from './account.ts'
import { type Answer, json } from './answer.ts'
import { hexId } from './job.ts'
import { JPEG } from './pictures.ts'
import { TRAINING_PRICE } from './price.ts'
import type { Profile } from './profile.ts'
import { type FieldError, invalid, notFound, Refusal } from './refusal.ts'
import { effectOn } from './scenario.ts'
import type { World } from './world.ts'

const STEP_MS = 20_000
const TRAINING_MS = { standard: 480_000, fast: 180_000 }
const PHOTOS = { standard: [10, 50], fast: [5, 10] } as const

export function addProfile(world: World, account: Account, body: unknown): Answer {
  const { tier, tag } = readTraining(body)
  const price = TRAINING_PRICE[tier]
  if (!account.covers(price)) {
    throw new Refusal(402, 'INSUFFICIENT_BALANCE', 'The balance does not cover the training.')
  }
  const profile: Profile = { id: hexId(), tag, held: price, status: 'VALIDATING', message: '', cancel: [] }
  const asked = { operation: 'addProfile', account: account.id, prompt: '', clientRequestId: null } as const
  const outcome = effectOn(world.scenarios, asked).profile_status ?? 'READY'
  account.reserve(price, profile.id)
  account.profiles.set(profile.id, profile)
  const { now } = world.timeline
  const at = (ms: number, run: () => void): void => {
    profile.cancel.push(world.timeline.at(now + ms, run))
  }
  at(STEP_MS, () => {
    profile.status = 'QUEUING'
  })
  at(2 * STEP_MS, () => {
    profile.status = 'IN_PROGRESS'
  })
  at(TRAINING_MS[tier], () => {
    profile.status = outcome
    if (outcome === 'ERROR') {
      profile.message = 'An image could not be read.'
      account.release(price, profile.id)
    } else account.settle(price, price, profile.id)
    profile.held = 0
    world.happened('profile', account, profile.id, outcome)
  })
  return json(world.flaw.has('profile-add-201') ? 201 : 200, { profile_id: profile.id })
}

function readTraining(body: unknown): { tier: 'standard' | 'fast'; tag: string | null } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid([{ loc: ['body'], msg: 'must be an object', type: 'type_error' }])
  }
  const { image_urls: urls, training_tier: tier = 'standard', tag = null } = body as Record<string, unknown>
  const errors: FieldError[] = []
  const wrong = (name: string, msg: string): number => errors.push({ loc: ['body', name], msg, type: 'value_error' })
  if (tier !== 'standard' && tier !== 'fast') wrong('training_tier', 'must be standard or fast')
  const [least, most] = PHOTOS[tier === 'fast' ? 'fast' : 'standard']
  const urlsHold = Array.isArray(urls) && urls.every((url) => typeof url === 'string' && URL.canParse(url))
  if (!urlsHold || urls.length < least || urls.length > most) wrong('image_urls', `must be ${least} to ${most} URLs`)
  if (tag !== null && (typeof tag !== 'string' || tag.length < 1 || tag.length > 128)) {
    wrong('tag', 'must be 1 to 128 characters')
  }
  if (errors.length > 0) throw invalid(errors)
  return { tier: tier as 'standard' | 'fast', tag: tag as string | null }
}

export function listProfiles(world: World, account: Account, query: URLSearchParams): Answer {
  const tag = query.get('tag')
  if (tag !== null && (tag.length < 1 || tag.length > 128)) {
    throw invalid([{ loc: ['query', 'tag'], msg: 'must be 1 to 128 characters', type: 'value_error' }])
  }
  const profiles = [...account.profiles.values()].filter((profile) => tag === null || profile.tag === tag)
  if (world.flaw.has('profiles-as-ids')) return json(200, { profiles: profiles.map((profile) => profile.id) })
  return json(200, { profiles: profiles.map(({ id, status, tag }) => ({ profile_id: id, status, tag })) })
}

function find(account: Account, id: string): Profile {
  const profile = account.profiles.get(id)
  if (profile === undefined) throw notFound('profile')
  return profile
}

export function getProfileStatus(world: World, account: Account, id: string): Answer {
  const { status, message } = find(account, id)
  const silent = message === '' && world.flaw.has('profile-message-null')
  return json(200, { profile_id: id, status, message: silent ? null : message })
}

export function getProfilePicture(world: World, account: Account, id: string): Answer {
  if (find(account, id).status !== 'READY') throw notFound('picture')
  if (world.flaw.has('picture-as-json')) return json(200, { image: JPEG.toString('base64') })
  return { status: 200, type: 'image/jpeg', body: JPEG }
}

export function deleteProfile(world: World, account: Account, id: string): Answer {
  const profile = find(account, id)
  for (const cancel of profile.cancel) cancel()
  if (profile.held > 0) account.release(profile.held, id)
  account.profiles.delete(id)
  if (world.flaw.has('profile-delete-204')) return { status: 204, type: null, body: '' }
  return json(200, { profile_id: id, status: 'ok' })
}
