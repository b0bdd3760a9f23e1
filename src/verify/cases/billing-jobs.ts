import type { Stage } from '../case.ts'
import { IMAGE_OPERATIONS, type ImageBody } from '../requests.ts'
import type { Scene } from '../scene.ts'
import { ACCOUNTS, CALLBACK, kindsOf, OUTPUTS, type StoryPlan } from '../story-plan.ts'
import type { Caller } from '../target.ts'
import type { Over } from '../trial.ts'

/** What the rules of billing are stated over. */
export const OVER: Over = { operation: IMAGE_OPERATIONS, account: ACCOUNTS, outputs: OUTPUTS, callback: CALLBACK }

/** A job to ask for, and whose it is. */
export interface Order {
  readonly plan: StoryPlan
  readonly body: ImageBody
  readonly caller: Caller
}

/** All kinds of jobs, each with what to ask for. Their accounts are made for this run, so nobody pays. */
export function kinds({ session, trial }: Stage, place: Scene): Order[] {
  return kindsOf(session.stories.plans, true).map((plan) => {
    const mailbox = plan.callback === 'with' ? session.receiver.open([204], trial.show) : null
    const body = { ...plan.body, ...(mailbox && { callback_url: mailbox.url }) }
    return { plan, body, caller: plan.account === 'first' ? place.alice : place.other }
  })
}

/** The balances of both accounts together. Micro-dollars. */
export async function together(place: Scene): Promise<{ available: number; reserved: number; spent: number }> {
  const [one, two] = [await place.balance(place.alice), await place.balance(place.other)]
  return {
    available: one.available + two.available,
    reserved: one.reserved + two.reserved,
    spent: one.spent + two.spent,
  }
}
