import type { JobOperation } from '../spec/index.ts'
import { eachOnce, pairwise } from './covering.ts'
import { highestPrice, type MicroUsd } from './prices.ts'
import { asyncBody, IMAGE_OPERATIONS, type ImageBody } from './requests.ts'
import type { Settings } from './settings.ts'
import type { Point } from './trial.ts'

/** What shared jobs differ in, and each of its values. Rules are stated over some of these. */
export const ACCOUNTS = ['first', 'second'] as const
export const OUTCOMES = ['succeeded', 'failed'] as const
export const OUTPUTS = ['1', '2', '4'] as const
export const FORMATS = ['jpg', 'png'] as const
export const CALLBACK = ['with', 'without'] as const

/** A job that several rules look at, before it is made. */
export interface StoryPlan {
  readonly name: string
  readonly operation: JobOperation
  readonly account: (typeof ACCOUNTS)[number]
  readonly outcome: (typeof OUTCOMES)[number]
  readonly outputs: (typeof OUTPUTS)[number]
  readonly format: (typeof FORMATS)[number]
  readonly callback: (typeof CALLBACK)[number]
  /** How often it is submitted again under its `client_request_id`; the last time once it has ended. */
  readonly replays: 0 | 1 | 2
  /** Its request names a profile, if the account has one. */
  readonly namesProfile: boolean
  /** What to ask for, besides the callback and the profile. */
  readonly body: ImageBody
}

/** What is at hand. */
export interface Means {
  readonly hasControl: boolean
  readonly hasSecond: boolean
  readonly hasReceiver: boolean
}

/**
 * The shared jobs of a run; each two values of two dimensions meet in one of them, at `--depth quick` each value comes
 * once.
 */
export function planStories({ depth, failingRequest }: Settings, means: Means): StoryPlan[] {
  const stories = [...succeeding(depth, means), ...failing(depth, means, failingRequest)]
  return stories.map((story, nth) => {
    const account = means.hasSecond ? story.account : 'first'
    const callback = means.hasReceiver ? story.callback : 'without'
    const told = callback === 'with' ? ', callback' : ''
    const name =
      `${nth + 1}: ${story.operation} × ${story.outputs}, ${story.format}, ${account} account` +
      `${told}${story.outcome === 'failed' ? ', failing' : ''}`
    return { ...story, name, account, callback }
  })
}

type Draft = Omit<StoryPlan, 'name'>

function succeeding(depth: Settings['depth'], { hasControl }: Means): Draft[] {
  const dimensions = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, format: FORMATS } as const
  const rows =
    depth === 'full'
      ? pairwise({ ...dimensions, outputs: OUTPUTS, callback: CALLBACK })
      : eachOnce({ ...dimensions, outputs: ['1', '4', '2', '1'], callback: ['with', 'with', 'with', 'without'] })
  return rows.map(({ operation, outputs, account, format, callback }) => ({
    operation: operation as JobOperation,
    account,
    outcome: 'succeeded',
    outputs: outputs as Draft['outputs'],
    format,
    callback: callback as Draft['callback'],
    // In real money only the cheapest of each operation, because a replay that is not known would be another job.
    replays: outputs === '1' || (hasControl && outputs === '2') ? (depth === 'full' ? 2 : 1) : 0,
    namesProfile: depth === 'full' && account === 'first' && (outputs === '2' || (hasControl && outputs === '4')),
    body: { num_output_images: Number(outputs), output_format: format },
  }))
}

/** With a control API, jobs of every operation can be made to fail; else only the one request that is known to. */
function failing(depth: Settings['depth'], { hasControl }: Means, request: Settings['failingRequest']): Draft[] {
  const shared = { outcome: 'failed', replays: depth === 'full' ? 2 : 1, namesProfile: false } as const
  if (!hasControl) {
    const format = request.body['output_format'] === 'png' ? 'png' : 'jpg'
    const one = { ...shared, operation: request.operation, outputs: '1', format, body: request.body } as const
    return (depth === 'full' ? ACCOUNTS : (['first'] as const)).map((account) => ({
      ...one,
      account,
      callback: 'with',
    }))
  }
  return IMAGE_OPERATIONS.map((operation, nth) => {
    const outputs = OUTPUTS[nth % OUTPUTS.length] ?? '1'
    const account = ACCOUNTS[nth % ACCOUNTS.length] ?? 'first'
    const body = { num_output_images: Number(outputs) }
    return { ...shared, operation, outputs, account, format: 'jpg', callback: nth === 1 ? 'without' : 'with', body }
  })
}

/** What a story costs at most, its replays included. Micro-dollars. */
export function storyCost({ operation, body, replays, namesProfile }: StoryPlan): MicroUsd {
  const whole = asyncBody(operation, { ...body, ...(namesProfile && { profile_ids: ['somebody'] }) })
  return highestPrice(operation, whole) * (1 + replays)
}

/** Jobs for a rule to make by itself: all kinds where they are free of charge, else the cheapest of each operation. */
export function kindsOf(plans: readonly StoryPlan[], isFree: boolean): StoryPlan[] {
  return plans.filter(({ outcome, outputs }) => outcome === 'succeeded' && (isFree || outputs === '1'))
}

/** Where in the dimensions it stands. */
export function pointOf({ operation, account, outcome, outputs, format, callback }: StoryPlan): Point {
  return { operation, account, outcome, outputs, format, callback }
}
