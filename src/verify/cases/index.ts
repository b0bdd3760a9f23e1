import type { Case } from '../case.ts'
import { criteria } from '../criteria.ts'
import { billing } from './billing.ts'
import { callback } from './callback.ts'
import { idempotency } from './idempotency.ts'
import { poll } from './poll.ts'
import { result } from './result.ts'
import { shape } from './shape.ts'
import { submit } from './submit.ts'

const byId = new Map(
  [...submit, ...poll, ...result, ...callback, ...idempotency, ...billing, ...shape].map((one) => [one.id, one]),
)

/** One case for each criterion, in the order of the report. @throws if there is none */
export const cases: readonly Case[] = criteria.map(({ id }) => {
  const one = byId.get(id)
  if (!one) throw new Error(`no case tries ${id}`)
  return one
})
