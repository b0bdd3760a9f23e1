import { dollars } from '../../text/dollars.ts'
import type { Case } from '../case.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import type { Balance } from '../scene.ts'
import type { Trial } from '../trial.ts'

/** Deposits equal available + reserved + spent at every moment. */
export const conserved: Case = {
  id: 'bill.conserved',
  over: { operation: IMAGE_OPERATIONS },
  async run({ trial, scene }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const { alice, levers } = place
      const id = { client_request_id: 'conserved' }
      const look = async (when: string): Promise<void> =>
        holdConserved(trial, await place.balance(), `${when}, on ${operation}`)
      await levers.scenarios.add({ match: { prompt: 'doomed' }, effect: { fail: 'GENERATION_FAILED' } })
      await levers.scenarios.add({ match: { prompt: 'dear' }, effect: { settle_micro_usd: 123_457 } })
      await look('at first')
      await place.submit(alice, operation, { num_output_images: 3, ...id })
      await look('after a submit')
      await place.submit(alice, operation, { prompt: 'doomed' })
      await place.submit(alice, operation, { prompt: 'dear' })
      await place.ask(alice, operation, { num_output_images: 3, ...id }, true)
      await look('after more submits and a replay')
      await levers.clock.advance('3s')
      await look('while jobs run')
      await place.deposit(alice, '1.234567')
      await look('after a deposit')
      await levers.clock.advance('15s')
      await look('after success and failure')
      await levers.clock.settle()
      await look('once all is settled')
      const { entries } = await levers.accounts.ledger(alice.identity.account as string)
      let deposited = 0
      for (const entry of entries) {
        if (entry.kind === 'deposit') deposited += entry.amount_micro_usd
        const { available_micro_usd: available, reserved_micro_usd: reserved, spent_micro_usd: spent } = entry
        const when = `in entry ${entry.seq} of the ledger, a ${entry.kind}, on ${operation}`
        holdConserved(trial, { deposited, available, reserved, spent }, when)
      }
      trial.mark({ operation })
    }
  },
}

function holdConserved(trial: Trial, { deposited, available, reserved, spent }: Balance, when: string): void {
  trial.expect(
    null,
    deposited === available + reserved + spent,
    `deposits = available + reserved + spent, ${when}`,
    `${dollars(deposited)} = ${dollars(available)} + ${dollars(reserved)} + ${dollars(spent)}`,
  )
}
