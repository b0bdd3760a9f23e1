import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Paint } from '../report/paint.ts'
import { UsageProblem } from '../report/usage-problem.ts'
import { SYMBOLS } from '../report/verdict.ts'
import { writeFiles } from '../report/write-files.ts'
import { enums, type JobOperation, operations } from '../spec/index.ts'
import { fileProblem } from '../text/file-problem.ts'
import { jsonText, printable } from '../text/printable.ts'
import { planOf } from '../verify/plan.ts'
import { readTicket } from '../verify/read-ticket.ts'
import type { VerifyResult } from '../verify/report/result.ts'
import { quotedPath } from '../verify/report/shell.ts'
import { planReport, terminalReport } from '../verify/report/terminal.ts'
import { writeReport } from '../verify/report/write.ts'
import type { FailingRequest } from '../verify/requests.ts'
import { type CompletedRun, run } from '../verify/run.ts'
import { resolveOptions, type Settings, type VerifyOptions } from '../verify/settings.ts'
import { accountsOf, mustBeOf, TICKET_VERSION, type Ticket } from '../verify/ticket.ts'
import { paintFor, progressTo } from './progress.ts'
import { readIds, readNamed } from './read-named.ts'
import type { VerifyFlags } from './verify-options.ts'

/** Does what `phota-mock verify` was asked for; sets the exit code. */
export async function runVerify(url: string | undefined, flags: VerifyFlags): Promise<void> {
  try {
    await verifyOrThrow(url, flags)
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error
    // The message may contain text from the target, so control characters are escaped.
    console.error(`phota-mock verify: ${printable(error.message)}`)
    process.exitCode = 2
  }
}

async function verifyOrThrow(url: string | undefined, flags: VerifyFlags): Promise<void> {
  const ticket = flags.resume === undefined ? null : await ticketFrom(flags.resume, url, flags)
  if (url === undefined) {
    throw new UsageProblem('which implementation? Give its URL. Example: phota-mock verify http://127.0.0.1:4010')
  }
  const settings = resolveOptions(await optionsOf(url, flags, ticket))
  const paint = paintFor(process.stdout)
  if (flags.plan) {
    console.log(flags.json ? jsonText(planOf(settings)) : planReport(planOf(settings), settings.maxSpend, paint))
    return
  }
  const folder = flags.report ?? (flags.resume === undefined ? undefined : dirname(flags.resume))
  const progress = progressTo(process.stderr, 'rules')
  do {
    const completed = await run(settings, {
      progress: ({ id, verdict }, done, all) => progress.show(`${SYMBOLS[verdict]} ${id}`, done, all),
      ...(ticket && { resumed: resumedFrom(ticket) }),
    })
    progress.end()
    const { result } = completed
    if (folder !== undefined) await writeAll(folder, completed, settings)
    console.log(flags.json ? jsonText(result) : textFor(result, folder, completed, paint))
    process.exitCode = result.exitCode
  } while (flags.watch && (await isAgainWanted()))
}

/** Reads a ticket, and checks that it belongs to this URL and these keys, before anything is sent. */
async function ticketFrom(file: string, url: string | undefined, flags: VerifyFlags): Promise<Ticket> {
  const ticket = readTicket(await readNamed(file, '--resume'), file)
  const { key = null, otherKey = null, brokeKey = null } = flags
  mustBeOf(ticket, file, url, { key, otherKey, brokeKey })
  return ticket
}

async function optionsOf(url: string, flags: VerifyFlags, ticket: Ticket | null): Promise<VerifyOptions> {
  const { key, otherKey, brokeKey, receiver, publicUrl, pollInterval, rps, maxSpend } = flags
  return {
    url,
    ...(key !== undefined && { key }),
    ...(otherKey !== undefined && { otherKey }),
    ...(brokeKey !== undefined && { brokeKey }),
    ...(receiver !== undefined && { receiver }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(pollInterval !== undefined && { pollIntervalMs: pollInterval }),
    ...(rps !== undefined && { rps }),
    ...(maxSpend !== undefined && { maxSpendMicroUsd: maxSpend }),
    ...(flags.failingRequest !== undefined && { failingRequest: await failingRequestFrom(flags.failingRequest) }),
    ...(flags.expectedFailures !== undefined && {
      expectedFailures: await readIds(flags.expectedFailures, '--expected-failures'),
    }),
    // A run with a control API leaves no ticket, because it moves the clock; so a ticket is resumed without one.
    control: ticket === null ? flags.control : 'none',
    only: ticket === null ? flags.only : ticket.rules,
    skip: flags.skip,
    without: flags.without,
    depth: flags.depth,
    retentionMs: ticket?.retentionMs ?? flags.retention,
    timeoutMs: flags.timeout,
    jobTimeoutMs: flags.jobTimeout,
    callbackWaitMs: flags.callbackWait,
    deadlineMs: flags.deadline,
    concurrency: flags.concurrency,
  }
}

function resumedFrom({ jobs, findings, rules, startedMs, spentMicroUsd }: Ticket) {
  return { jobs, findings: findings.filter(({ id }) => !rules.includes(id)), startedMs, spentMicroUsd }
}

const TICKET = 'ticket.json'

async function writeAll(folder: string, completed: CompletedRun, settings: Settings): Promise<void> {
  await writeReport(folder, completed.result)
  const next = ticketOf(completed, settings)
  if (next !== null) await writeFiles(folder, { [TICKET]: `${jsonText(next)}\n` })
}

/** @returns `null` if nothing is left to do */
function ticketOf({ result: { target }, findings, end, startedMs }: CompletedRun, settings: Settings): Ticket | null {
  const jobs = end.expiring
  if (jobs.length === 0) return null
  return {
    version: TICKET_VERSION,
    url: target.url,
    accounts: accountsOf(settings),
    retentionMs: target.retentionMs,
    startedMs,
    rules: end.deferred.map(({ rule }) => rule),
    jobs,
    findings,
    spentMicroUsd: end.spentMicroUsd,
  }
}

function textFor(result: VerifyResult, folder: string | undefined, { end }: CompletedRun, paint: Paint): string {
  const lines = [terminalReport(result, paint, folder)]
  if (folder !== undefined) lines.push(`Report: ${printable(join(folder, 'report.html'))}, junit.xml, result.json`)
  if (end.expiring.length > 0) lines.push(resumeLine(folder, result))
  return lines.join('\n')
}

function resumeLine(folder: string | undefined, { deferred, target }: VerifyResult): string {
  const rules = deferred?.rules.join(', ')
  if (folder === undefined)
    return `With --report FOLDER a ticket would be left, to try ${rules} from ${deferred?.dueAt} on.`
  const command = `phota-mock verify ${quotedPath(target.url)} --resume ${quotedPath(join(folder, TICKET))}`
  return `Left to do: ${rules}. From ${deferred?.dueAt} on, with the same keys: ${printable(command)}`
}

/** Waits for Enter. @returns false for `q`, and at the end of the input */
async function isAgainWanted(): Promise<boolean> {
  console.error('Enter runs it again, q ends.')
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return line.trim() !== 'q'
    return false
  } finally {
    lines.close()
  }
}

async function failingRequestFrom(file: string): Promise<FailingRequest> {
  const text = await readNamed(file, '--failing-request')
  const example = '{"operation": "edit", "body": {"images": ["https://nowhere.invalid/photo.jpg"]}}'
  let request: Partial<FailingRequest> | null
  try {
    request = JSON.parse(text) as Partial<FailingRequest> | null
  } catch (error) {
    throw new UsageProblem(`--failing-request ${file}: it is no JSON (${fileProblem(error)}). Example: ${example}`)
  }
  const { operation, body } = request ?? {}
  const isImage =
    operation !== undefined &&
    Object.hasOwn(operations, operation) &&
    enums.JobOperation.some((one) => one === operation)
  if (!isImage || body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new UsageProblem(
      `--failing-request ${file}: expects an object with operation (edit, generate, enhance or remix) and body. ` +
        `Example: ${example}`,
    )
  }
  return { operation: operation as JobOperation, body }
}
