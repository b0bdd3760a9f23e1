import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { WorldControl } from '../../control/control.ts'
import { MisuseError } from '../../engine/misuse-error.ts'
import type { ControlDelivery } from '../../spec/control/index.ts'
import { open, remote } from '../remote.ts'
import { deliveryText } from '../text.ts'

/** `phota-mock deliveries` */
export function deliveriesCommand(): Command {
  return remote(new Command('deliveries'))
    .description('List the callbacks of a running server, with every attempt.')
    .option('--job <id>', 'only those of this job')
    .action(async ({ job }: { job?: string }, command: Command) => {
      const { world, show } = await open(command)
      const list = await world.deliveries.list(job === undefined ? {} : { job })
      show(list, (all) => (all.length === 0 ? 'no deliveries' : all.map(deliveryText).join('\n')))
    })
}

/** `phota-mock resend` */
export function resendCommand(): Command {
  return remote(new Command('resend'))
    .description('Send a callback again: the same bytes, the same signature.')
    .argument('[delivery]', 'its id')
    .option('--job <id>', 'the last one of this job instead')
    .addHelpText('after', '\nExamples:\n  phota-mock resend DELIVERY_ID\n  phota-mock resend --job JOB_ID')
    .action(async (id: string | undefined, { job }: { job?: string }, command: Command) => {
      if ((id === undefined) === (job === undefined))
        throw new MisuseError('resend expects the id of a delivery, or --job with the id of a job')
      const { world, show } = await open(command)
      const again = await world.deliveries.redeliver(id ?? (await lastOf(world, job as string)))
      const sent = await attempted(world, again)
      show(sent, deliveryText)
      if (sent.state !== 'delivered') process.exitCode = 1
    })
}

async function lastOf(world: WorldControl, job: string): Promise<string> {
  const last = (await world.deliveries.list({ job })).at(-1)
  if (last) return last.id
  throw new MisuseError(`resend: the job ${job} has no delivery; see phota-mock deliveries`)
}

const PATIENCE_MS = 15_000

/** The delivery once its attempt is over, as long as that may take; at once if it is not due yet. */
export async function attempted(world: WorldControl, delivery: ControlDelivery): Promise<ControlDelivery> {
  const deadline = performance.now() + PATIENCE_MS
  for (let latest = delivery; ; ) {
    const [attempt] = latest.attempts
    const isOver = attempt !== undefined && (attempt.status !== null || attempt.error !== null)
    const isLater =
      attempt === undefined && latest.next_attempt_at !== null && latest.next_attempt_at > latest.created_at
    if (isOver || isLater || performance.now() > deadline) return latest
    await sleep(30)
    const all = await world.deliveries.list({ job: delivery.job_id })
    latest = all.find(({ id }) => id === delivery.id) ?? latest
  }
}
