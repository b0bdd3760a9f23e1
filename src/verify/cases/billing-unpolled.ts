import type { JobOperation } from '../../spec/index.ts'
import { dollars } from '../../text/dollars.ts'
import type { Case, Stage } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import type { Mailbox } from '../http/receiver.ts'
import { highestPrice } from '../prices.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import { isTerminal, type Scene } from '../scene.ts'
import { RETENTION_WITH_CLOCK_MS } from '../session.ts'
import { show } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'

const ONE_IMAGE = highestPrice('generate', {})

export const unpolled: Case = {
  id: 'bill.unpolled',
  over: { operation: IMAGE_OPERATIONS },
  looksAt: ({ name }) => name.startsWith('1:'),
  cost: () => ONE_IMAGE,
  async run(stage) {
    const { trial, scene, session } = stage
    const place = await scene()
    if (place.world === null) {
      await unpolledByWall(stage, place)
      return
    }
    const made: { operation: JobOperation; exchange: Exchange; jobId: string; mailbox: Mailbox | null }[] = []
    for (const operation of IMAGE_OPERATIONS) {
      const mailbox = session.hasReceiver ? session.receiver.open([204], trial.show) : null
      const before = await place.balance()
      const body = mailbox ? { callback_url: mailbox.url } : {}
      const { exchange, jobId } = await place.submit(place.alice, operation, body)
      await place.world.clock.settle()
      const { spent } = await place.balance()
      const expected = `the job of ${operation} to be paid for, though nobody polled`
      trial.expect(exchange, spent > before.spent, expected, `${dollars(spent - before.spent)} spent`)
      const told = mailbox === null || mailbox.count > 0
      trial.expect(exchange, told, `a callback of ${operation}, though nobody polled`, 'none')
      made.push({ operation, exchange, jobId, mailbox })
    }
    const settled = await place.balance()
    const again = await place.submit(place.alice, 'generate')
    await place.pass(RETENTION_WITH_CLOCK_MS + 10_000)
    const { spent } = await place.balance()
    trial.expect(again.exchange, spent > settled.spent, 'work that nobody polled to stay paid for', dollars(spent))
    for (const { operation, jobId } of made) {
      const poll = await place.alice.poll(jobId)
      // After the retention, poll.expired checks the answer.
      const isOver = poll.status !== 200 || isTerminal(poll)
      trial.expect(poll, isOver, `the job of ${operation} to have ended, though nobody polled`, show(jsonOf(poll)))
      trial.mark({ operation })
    }
  },
}

/** Without a ledger, that it called back shows that it ran. What does not come in time is no failure. */
async function unpolledByWall({ trial, session, story }: Stage, place: Scene): Promise<void> {
  if (!session.hasReceiver) throw new NotTried(`it needs ${session.lacks('receiver')}`)
  const mailbox = session.receiver.open([204], trial.show)
  const { exchange, jobId } = await place.submit(place.alice, 'generate', { callback_url: mailbox.url })
  const { callbackWaitMs } = session.settings
  const [plan] = session.stories.plans
  const told = plan && (await story(plan))
  const workMs = told ? told.terminal.at - told.submit.at : 0
  const waitMs = callbackWaitMs + 2 * workMs
  if (!(await hasEnd(mailbox, waitMs))) {
    throw new CannotJudge(
      `no callback came within ${Math.round(waitMs / 1000)} s, by which an unpolled job would show that it ran`,
    )
  }
  const poll = await place.alice.poll(jobId)
  const isOver = poll.status === 410 || isTerminal(poll)
  trial.expect(poll, isOver, 'the job to have ended, though nobody polled', show(jsonOf(poll)))
  trial.show(exchange)
  trial.mark({ operation: 'generate' })
}

/** A callback that tells of an end; one that came too early is callback.not-before's to judge. */
async function hasEnd(mailbox: Mailbox, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (let count = 1; ; count++) {
    const arrival = (await mailbox.wait(count, Math.max(0, deadline - performance.now())))[count - 1]
    if (!arrival) return mailbox.count > 0
    const status = fieldOf(jsonOf(arrival), 'status')
    if (status !== 'pending' && status !== 'running') return true
  }
}
