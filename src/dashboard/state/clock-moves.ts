import type { control, WorldControl } from '../../control/index.ts'
import { clockText } from '../format.ts'
import { act } from './act.ts'
import { ask } from './question.ts'
import { world } from './session.ts'
import { sawNow, view } from './world.ts'

export const MOVES = ['1m', '1h', '24h'] as const
const MOVES_MS: Readonly<Record<string, number>> = { '1m': 60_000, '1h': 3_600_000, '24h': 86_400_000 }

const WORDS: Readonly<Record<string, [one: string, many: string]>> = {
  'job.created': ['job created', 'jobs created'],
  'job.running': ['job began to run', 'jobs began to run'],
  'job.succeeded': ['job succeeded', 'jobs succeeded'],
  'job.failed': ['job failed', 'jobs failed'],
  'job.expired': ['job expired', 'jobs expired'],
  'profile.changed': ['profile changed', 'profiles changed'],
  'delivery.attempted': ['callback attempt', 'callback attempts'],
  'ledger.booked': ['ledger entry', 'ledger entries'],
}

/** Moves the clock on; where that expires results, only after a question. */
export async function advance(by: string): Promise<boolean> {
  const moved = world.peek()
  const text = by.replace('m', ' min').replace('h', ' h')
  const expiring = await countExpiring(moved, MOVES_MS[by] ?? 0)
  if (expiring > 0) {
    const isWanted = await ask({
      title: `Move the clock on by ${text}?`,
      text:
        `${expiring.toLocaleString('en')} ${expiring === 1 ? 'job expires' : 'jobs expire'}: ` +
        'the results are gone, and a poll is answered 410. The clock does not run backwards.',
      yes: `Move it on by ${text}`,
    })
    if (!isWanted) return false
  }
  return act(async () => advanceText(`${text} later`, await moved.clock.advance(by)))
}

/** How many results expire by then. 0 if that cannot be read: the move itself then shows why. */
async function countExpiring(moved: WorldControl, byMs: number): Promise<number> {
  const timeline = await moved.jobs.timeline().catch(() => null)
  if (timeline === null) return 0
  const { jobs, now_ms } = timeline
  return jobs.filter(({ expires_ms }) => expires_ms !== null && expires_ms <= now_ms + byMs).length
}

export function settle(): Promise<boolean> {
  return act(async () => {
    const result = await world.peek().clock.settle()
    const stuck = result.stuck?.length ?? 0
    const rest = stuck === 0 ? '' : ` ${stuck === 1 ? 'One job is' : `${stuck} jobs are`} stuck forever.`
    return advanceText('Settled', result) + rest
  })
}

export function toggleFrozen(): Promise<boolean> {
  const clock = view.peek()?.clock
  if (clock?.mode === 'manual') return act(async () => 'A manual clock stands still until it is moved.')
  return updateClock({ frozen: !clock?.frozen })
}

export function updateClock(change: control.ClockUpdate): Promise<boolean> {
  return act(async () => {
    const { mode, speed, frozen } = await world.peek().clock.update(change)
    const pace = mode === 'real' && speed !== 1 ? `, ${speed} times as fast as the wall` : ''
    return `The clock is ${mode}${pace}${frozen ? ', and frozen' : ''}.`
  })
}

function advanceText(what: string, { now, counts }: control.ControlAdvanceResult): string {
  sawNow(Date.parse(now))
  const parts = Object.entries(counts).map(([kind, count]) => {
    const [one, many] = WORDS[kind] ?? [kind, kind]
    return `${count} ${count === 1 ? one : many}`
  })
  return `${what}: ${parts.join(', ') || 'nothing happened'}. It is ${clockText(Date.parse(now))}.`
}
