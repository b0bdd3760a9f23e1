import { randomUUID } from 'node:crypto'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { WorldControl } from '../../control/control.ts'
import { MisuseError } from '../../engine/misuse-error.ts'
import type { ControlAccount, ControlDelivery, ControlJobDetail, ControlScenario } from '../../spec/control/index.ts'
import { enums } from '../../spec/index.ts'
import { parseDuration } from '../flags.ts'
import { httpUrl, open, type Remote, remote } from '../remote.ts'
import { attempted } from './deliveries.ts'
import { jobText } from './jobs.ts'

const OUTCOMES = ['succeeded', 'failed', ...enums.JobErrorCode, 'running', 'pending'] as const
type Outcome = (typeof OUTCOMES)[number]
type Code = (typeof enums.JobErrorCode)[number]
type CallbackFault = NonNullable<ControlScenario['effect']['callback']>

interface TriggerFlags {
  account?: string
  operation: keyof typeof INPUTS
  prompt: string
  outputs: number
  callbackUrl?: string
  clientRequestId?: string
  message?: string
  wrongSignature?: boolean
  duplicate?: boolean
  late?: number
}

const PHOTO = 'https://example.com/photo.jpg'
/** What each operation needs besides a prompt. */
const INPUTS = {
  edit: { images: [PHOTO] },
  generate: {},
  enhance: { image: PHOTO },
  remix: { input_image: PHOTO, reference_image: PHOTO },
} as const

/** `phota-mock trigger` */
export function triggerCommand(): Command {
  return remote(new Command('trigger'))
    .description('Make a job of any outcome, at once and whatever the clock, and have it call back.')
    .addArgument(new Argument('<outcome>', 'how it is to end; failed is GENERATION_FAILED').choices(OUTCOMES))
    .option('--account <id>', 'whose it is; the first that has money if left out')
    .addOption(new Option('--operation <name>', 'what it does').choices(Object.keys(INPUTS)).default('generate'))
    .option('--prompt <text>', 'what is asked for', 'made by phota-mock trigger')
    .addOption(new Option('--outputs <number>', 'how many images, 1 to 4').default(1).argParser(outputs))
    .option('--callback-url <url>', 'where it calls back; see phota-mock listen')
    .option('--client-request-id <text>', 'its idempotency key; a new one if left out')
    .option('--message <text>', 'the message of a failure')
    .option('--wrong-signature', 'sign the callback with another secret')
    .option('--duplicate', 'send the callback twice')
    .addOption(
      new Option('--late <duration>', 'send the callback so much later, by the clock').argParser((text) =>
        parseDuration(text, '--late'),
      ),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  phota-mock trigger succeeded --callback-url http://127.0.0.1:4020/\n' +
        '  phota-mock trigger CONTENT_MODERATION --operation edit\n' +
        '  phota-mock trigger succeeded --callback-url http://127.0.0.1:4020/ --wrong-signature',
    )
    .action(async (outcome: Outcome, flags: TriggerFlags, command: Command) => {
      if (flags.callbackUrl !== undefined) httpUrl(flags.callbackUrl, '--callback-url')
      const to = await open(command)
      const job = await submit(to, flags)
      const ended = await bringTo(to.world, job, outcome, flags.message)
      const deliveries = await Promise.all(ended.deliveries.map((delivery) => attempted(to.world, delivery)))
      const detail = { ...ended, deliveries }
      to.show(detail, jobText)
      if (deliveries.some(hasFailed)) process.exitCode = 1
    })
}

/** A job that stays pending until it is forced, whatever the clock and other scenarios do. */
async function submit({ levers, world }: Remote, flags: TriggerFlags): Promise<string> {
  const account = await payer(world, flags.account)
  const clientRequestId = flags.clientRequestId ?? `trigger-${randomUUID()}`
  const callback = callbackFault(flags)
  const scenario = await world.scenarios.add({
    match: { account: account.id, client_request_id: clientRequestId },
    effect: { pending: FOREVER, stuck: 'forever', ...(callback && { callback }) },
    times: 1,
  })
  try {
    const response = await levers.fetch(`${levers.baseUrl}/${flags.operation}`, {
      method: 'POST',
      headers: { 'X-API-Key': account.keys[0] ?? '', 'Content-Type': 'application/json' },
      body: JSON.stringify({
        prompt: flags.prompt,
        ...INPUTS[flags.operation],
        num_output_images: flags.outputs,
        async: true,
        response_mode: 'urls',
        client_request_id: clientRequestId,
        ...(flags.callbackUrl !== undefined && { callback_url: flags.callbackUrl }),
      }),
    })
    const text = await response.text()
    const jobId = response.status === 202 ? (JSON.parse(text) as { job_id: string }).job_id : null
    if (jobId === null) throw new MisuseError(`trigger: the submit was answered ${response.status} ${text}`)
    return jobId
  } finally {
    await world.scenarios.remove(scenario)
  }
}

/** Beyond any retention that a test would have. */
const FOREVER = '3650d'

async function bringTo(
  world: WorldControl,
  job: string,
  outcome: Outcome,
  message: string | undefined,
): Promise<ControlJobDetail> {
  switch (outcome) {
    case 'pending':
      return await world.jobs.get(job)
    case 'running':
      return await world.jobs.step(job)
    case 'succeeded':
      await world.jobs.step(job)
      return await world.jobs.step(job)
    default: {
      const code: Code = outcome === 'failed' ? 'GENERATION_FAILED' : outcome
      return await world.jobs.fail(job, { code, ...(message !== undefined && { message }) })
    }
  }
}

/** @throws {MisuseError} if nobody can pay */
async function payer(world: WorldControl, id: string | undefined): Promise<ControlAccount> {
  if (id !== undefined) return await world.accounts.get(id)
  const { accounts } = await world.describe()
  const rich = accounts.find((account) => account.available_micro_usd > 0)
  if (rich) return rich
  throw new MisuseError(`trigger: no account of World ${world.id} has money; phota-mock deposit gives it some`)
}

/** @returns `null` if nothing is wrong with it */
function callbackFault({ wrongSignature, duplicate, late }: TriggerFlags): CallbackFault | null {
  if (wrongSignature && duplicate)
    throw new MisuseError('trigger: --wrong-signature and --duplicate exclude each other')
  const fault = wrongSignature ? 'wrong-signature' : duplicate ? 'duplicate' : undefined
  if (fault === undefined && late === undefined) return null
  return { ...(fault && { fault }), ...(late !== undefined && { delay: late }) }
}

function hasFailed({ attempts: [attempt] }: ControlDelivery): boolean {
  return attempt !== undefined && !(attempt.status !== null && attempt.status >= 200 && attempt.status < 300)
}

function outputs(text: string): number {
  if (/^[1-4]$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`--outputs expects 1 to 4, received "${text}".`)
}
