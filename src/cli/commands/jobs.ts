import { Argument, Command, Option } from 'commander'
import type { JobFilter } from '../../control/control.ts'
import type { ControlJob, ControlJobDetail, JobFailure } from '../../spec/control/index.ts'
import { enums } from '../../spec/index.ts'
import { dollars } from '../../text/dollars.ts'
import { open, remote } from '../remote.ts'
import { coloured, deliveryText, table } from '../text.ts'

interface ListFlags {
  account?: string
  status?: JobFilter['status']
  operation?: JobFilter['operation']
  clientRequestId?: string
}

/** `phota-mock jobs …` */
export function jobsCommand(): Command {
  const jobs = remote(new Command('jobs'))
    .description('List the jobs of a running server, or take one in hand.')
    .option('--account <id>', 'only this account’s')
    .addOption(new Option('--status <status>', 'only those').choices(enums.JobStatus))
    .addOption(new Option('--operation <name>', 'only those').choices(enums.JobOperation))
    .option('--client-request-id <text>', 'only the one with this idempotency key')
    .addHelpText(
      'after',
      '\nExamples:\n  phota-mock jobs --status failed\n  phota-mock jobs fail JOB_ID --code TIMEOUT',
    )
    .action((_flags, command: Command) => list(command))
  jobs.addCommand(
    remote(new Command('list'))
      .description('List them, as without a command.')
      .action((_flags, command: Command) => list(command)),
  )
  jobs.addCommand(one('show', 'Show everything about a job.', (levers, id) => levers.get(id)))
  jobs.addCommand(one('step', 'Force its next step: pending → running → its end.', (levers, id) => levers.step(id)))
  jobs.addCommand(one('hang', 'Let it never end by itself.', (levers, id) => levers.hang(id)))
  jobs.addCommand(
    remote(new Command('fail'))
      .description('Make it fail now.')
      .argument('<job>', 'its id')
      .addOption(
        new Option('--code <code>', 'what it fails with').choices(enums.JobErrorCode).default('GENERATION_FAILED'),
      )
      .option('--message <text>', 'for people')
      .action(async (id: string, { code, message }: JobFailure, command: Command) => {
        const { world, show } = await open(command)
        const detail = await world.jobs.fail(id, { code, ...(message !== undefined && { message }) })
        show(detail, jobText)
      }),
  )
  return jobs
}

async function list(command: Command): Promise<void> {
  const { account, status, operation, clientRequestId } = command.optsWithGlobals<ListFlags>()
  const { world, show } = await open(command)
  const jobs = await world.jobs.list({
    ...(account !== undefined && { account }),
    ...(status !== undefined && { status }),
    ...(operation !== undefined && { operation }),
    ...(clientRequestId !== undefined && { client_request_id: clientRequestId }),
  })
  show(jobs, (all) =>
    all.length === 0 ? 'no jobs' : table(['job', 'account', 'operation', 'status', 'since', ''], all.map(row)),
  )
}

type JobLevers = Awaited<ReturnType<typeof open>>['world']['jobs']

function one(
  name: string,
  description: string,
  act: (levers: JobLevers, id: string) => Promise<ControlJobDetail>,
): Command {
  return remote(new Command(name))
    .description(description)
    .addArgument(new Argument('<job>', 'its id'))
    .action(async (id: string, _flags, command: Command) => {
      const { world, show } = await open(command)
      const detail = await act(world.jobs, id)
      show(detail, jobText)
    })
}

function row(job: ControlJob): string[] {
  return [
    job.job_id,
    job.account,
    job.operation,
    job.status,
    job.created_at,
    job.error?.code ?? (job.prompt.length > 40 ? `${job.prompt.slice(0, 39)}…` : job.prompt),
  ]
}

/** Everything about a job, a line each. */
export function jobText({
  job,
  mode,
  request,
  timeline,
  scenario,
  cost,
  ledger,
  deliveries,
}: ControlJobDetail): string {
  const { result, error } = job
  const at = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString().replace('.000Z', 'Z'))
  const isOver = timeline.completed_ms !== null
  const lines: [string, string][] = [
    ['job', job.job_id],
    ['status', coloured(job.status, job.status !== 'failed')],
    ['request', `${mode} ${String(request['operation'])} by ${job.account}: ${JSON.stringify(job.prompt)}`],
    ...(job.client_request_id === null ? [] : [['idempotency key', job.client_request_id] as [string, string]]),
    ...(error === null ? [] : [['error', `${error.code}: ${error.message}`] as [string, string]]),
    ['created', at(timeline.created_ms)],
    [isOver ? 'completed' : 'ends', at(timeline.completed_ms ?? timeline.ends_ms)],
    ...(isOver ? [['expires', at(timeline.expires_ms)] as [string, string]] : []),
    [
      'cost',
      `${dollars(cost.reserved_micro_usd)} reserved, ` +
        `${cost.final_micro_usd === null ? 'not settled yet' : `${dollars(cost.final_micro_usd)} in the end`}`,
    ],
    ...ledger.map(
      ({ at, kind, amount_micro_usd }) => ['', `${at}  ${kind}  ${dollars(amount_micro_usd)}`] as [string, string],
    ),
    ...(scenario === null ? [] : [['scenario', scenario] as [string, string]]),
    ...(result?.download_urls ?? []).map((url) => ['image', url] as [string, string]),
  ]
  return [
    ...lines.map(([name, value]) => `${name.padEnd(16)}${value}`),
    ...deliveries.map((delivery) => `delivery        ${deliveryText(delivery)}`),
  ].join('\n')
}
