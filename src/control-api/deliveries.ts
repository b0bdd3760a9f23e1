import type { Delivery } from '../engine/delivery.ts'
import type { World } from '../engine/world.ts'

/** The deliveries that a validated query asks for: those that ended, in that order, then those that are open. */
export function findDeliveries(world: World, query: URLSearchParams): Delivery[] {
  const job = query.get('job')
  const account = query.get('account')
  const state = query.get('state')
  const search = query.get('search')?.toLowerCase()
  const limit = query.get('limit')
  const found = Array.from(world.outbox.all()).filter(
    (one) =>
      (job === null || one.jobId === job) &&
      (account === null || one.account.id === account) &&
      (state === null || one.state === state) &&
      (search === undefined || `${one.url}\n${one.body}\n${one.jobId}`.toLowerCase().includes(search)),
  )
  if (limit === null || found.length <= Number(limit)) return found
  // A delivery that was made early may end late; the order of ends does not tell which are the newest.
  const newest = new Set(found.toSorted((a, b) => b.createdMs - a.createdMs).slice(0, Number(limit)))
  return found.filter((one) => newest.has(one))
}
