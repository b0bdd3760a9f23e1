import { randomUUID } from 'node:crypto'
import type { JobOperation } from '../../spec/index.ts'
import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import type { Scene } from '../scene.ts'
import type { Caller } from '../target.ts'
import { seenStatus, type Trial } from '../trial.ts'
import { randomKey } from './submit-auth.ts'

export const noTrace: Case = {
  id: 'submit.no-trace',
  over: { operation: IMAGE_OPERATIONS, refusal: ['422', '402', '401', '403'] },
  async run({ trial, scene, session }) {
    for (const operation of IMAGE_OPERATIONS) {
      const place = await scene()
      const { alice } = place
      const broke = place.broke as Caller
      const id = randomUUID()
      const before = { alice: await place.balance(alice), broke: await place.balance(broke) }
      const unpaid = { client_request_id: id }
      const nobody = session.stranger(trial, null)
      const unknown = session.stranger(trial, randomKey())
      const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
      const invalid = await place.ask(alice, operation, { client_request_id: id, response_mode: 'bytes' })
      if (invalid.status < 400) {
        trial.leave({ operation, refusal: '422' }, 'it was not refused: see submit.bytes-refused')
        continue
      }
      const attempts: [string, Exchange][] = [
        ['422', invalid],
        ['422', await place.ask(alice, operation, { client_request_id: id, num_output_images: 'many' })],
        ['402', await place.ask(broke, operation, { ...unpaid, ...(mailbox && { callback_url: mailbox.url }) })],
        ['401', await place.ask(unknown, operation, { client_request_id: id })],
        ['403', await place.ask(nobody, operation, { client_request_id: id })],
      ]
      for (const [status, exchange] of attempts) {
        trial.expect(exchange, exchange.status >= 400, `${status}, on ${operation}`, seenStatus(exchange))
        trial.mark({ operation, refusal: status })
      }
      const balances = async () => ({ alice: await place.balance(alice), broke: await place.balance(broke) })
      trial.equal(null, await balances(), before, `the balances after refused submits of ${operation}`)
      await place.levers.clock.settle()
      trial.equal(null, await balances(), before, `the balances once all is settled, of ${operation}`)
      const isSilent = mailbox === null || mailbox.count === 0
      trial.expect(
        mailbox?.arrivals[0] ?? null,
        isSilent,
        `nobody to be called after a 402, on ${operation}`,
        'a callback',
      )
      await holdNewJob(trial, place, alice, { operation, id, when: 'after a 422' })
      await place.deposit(broke, '10')
      await holdNewJob(trial, place, broke, { operation, id, when: 'after a 402, once it can be paid' })
    }
  },
}

interface Retry {
  readonly operation: JobOperation
  readonly id: string
  readonly when: string
}

/** The refusal did not use up the id: it makes a job, which can be polled and is paid for. */
async function holdNewJob(trial: Trial, place: Scene, caller: Caller, { operation, id, when }: Retry): Promise<void> {
  const before = await place.balance(caller)
  const exchange = await place.ask(caller, operation, { client_request_id: id })
  const expected = `a new job of ${operation} for the same \`client_request_id\` ${when}`
  const jobId = fieldOf(jsonOf(exchange), 'job_id')
  const isMade = exchange.status < 300 && typeof jobId === 'string'
  if (!trial.expect(exchange, isMade, expected, seenStatus(exchange)) || !isMade) return
  trial.status(await caller.poll(jobId), 200, `for the ${expected}`)
  const { available } = await place.balance(caller)
  trial.expect(exchange, available < before.available, `${expected}, reserved for now`, 'nothing was reserved')
}
