import { fileURLToPath } from 'node:url'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { cases } from './cases/index.ts'
import { resultOf, type VerifyResult } from './report/result.ts'
import type { RunEnd } from './run-end.ts'
import { settle, type VerifyOptions } from './settings.ts'
import type { ExpiringJob, Resumed } from './ticket.ts'
import { UsageProblem } from './usage-problem.ts'
import type { Finding } from './verdict.ts'

export interface RunOptions {
  /** Told of each rule as it is found. */
  readonly progress?: (finding: Finding, done: number, all: number) => void
  /** Told of each run's result; under `watch` there may be many. */
  readonly finished: (result: VerifyResult, run: CompletedRun) => Promise<void>
  /** Reporters of vitest's own, by name, besides ours. */
  readonly reporters?: readonly string[]
  /** Stay, and run again on a key. */
  readonly watch?: boolean
  /** The job of a ticket, and what was found before. */
  readonly resumed?: {
    readonly job: ExpiringJob
    readonly findings: readonly Finding[]
    readonly startedMs: number
    readonly estimatedMicroUsd: number
  }
}

/** What a ticket is made of. */
export interface CompletedRun {
  readonly findings: readonly Finding[]
  readonly end: RunEnd | null
  readonly startedMs: number
}

/**
 * Holds an implementation against the contract; vitest runs the cases.
 *
 * @throws {UsageProblem} for options that cannot be, and for a target that cannot be verified at all
 */
export async function run(options: VerifyOptions, runOptions: RunOptions): Promise<void> {
  const settings = settle(options)
  if (!cases.some(({ id }) => settings.isWanted(id))) throw new UsageProblem('--only and --skip leave nothing to try')
  const { startVitest } = await loadVitest()
  const collector = new Collector(options, runOptions)
  const isSource = import.meta.url.endsWith('.ts')
  const suite = fileURLToPath(new URL(isSource ? './suite.ts' : './suite.js', import.meta.url))
  // The form that every vitest since 3 understands.
  const vitest = await startVitest('test', [], {
    root: fileURLToPath(new URL('.', import.meta.url)),
    config: false,
    include: [suite],
    // We may lie in a node_modules ourselves.
    exclude: [],
    watch: runOptions.watch ?? false,
    reporters: [collector, ...(runOptions.reporters ?? [])],
    maxConcurrency: settings.concurrency,
    sequence: { concurrent: false },
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    cache: false,
    provide: { photaVerify: { options, resumed: handedOn(runOptions) } },
  })
  if (!(runOptions.watch ?? false)) await vitest?.close()
  // The verdict is ours; vitest would count an expected failure.
  process.exitCode = 0
  if (collector.problem !== null) throw new UsageProblem(collector.problem)
}

function handedOn({ resumed }: RunOptions): Resumed | null {
  if (!resumed) return null
  const numbers = resumed.findings.flatMap(({ exchanges }) => exchanges.map(({ id }) => id))
  return { job: resumed.job, lastExchange: Math.max(0, ...numbers) }
}

async function loadVitest(): Promise<typeof import('vitest/node')> {
  try {
    return await import('vitest/node')
  } catch (cause) {
    throw new UsageProblem(
      `verify runs its cases in vitest, which could not be loaded: npm install --save-dev vitest (${(cause as Error).message.split('\n')[0]})`,
    )
  }
}

/** Gathers what the cases found, from vitest's events. */
class Collector implements Reporter {
  readonly #options: VerifyOptions
  readonly #runOptions: RunOptions
  #findings: Finding[] = []
  #startedMs = Date.now()
  #end: RunEnd | null = null
  #thrown: string[] = []
  problem: string | null = null

  constructor(options: VerifyOptions, runOptions: RunOptions) {
    this.#options = options
    this.#runOptions = runOptions
  }

  onTestRunStart(): void {
    this.#findings = [...(this.#runOptions.resumed?.findings ?? [])]
    this.#startedMs = this.#runOptions.resumed?.startedMs ?? Date.now()
    this.#end = null
    this.#thrown = []
    this.problem = null
  }

  onTestCaseResult(test: TestCase): void {
    const { photaFinding: finding } = test.meta()
    if (!finding) return
    this.#findings.push(finding)
    const { isWanted } = settle(this.#options)
    this.#runOptions.progress?.(finding, this.#findings.length, cases.filter(({ id }) => isWanted(id)).length)
  }

  onTestSuiteResult(suite: TestSuite): void {
    const { photaRun } = suite.meta()
    if (photaRun) {
      const before = this.#runOptions.resumed?.estimatedMicroUsd ?? 0
      this.#end = { ...photaRun, estimatedMicroUsd: photaRun.estimatedMicroUsd + before }
    }
    for (const { name, message } of suite.errors()) {
      if (name === 'UsageProblem') this.problem = message
      else this.#thrown.push(message)
    }
  }

  async onTestRunEnd(modules: readonly TestModule[], errors: readonly { message: string }[]): Promise<void> {
    if (this.problem !== null) return
    const outside = [...errors, ...modules.flatMap((module) => module.errors())].map(({ message }) => message)
    const findings = this.#findings
    const end = this.#end
    const startedMs = this.#startedMs
    const result = resultOf({
      settings: settle(this.#options),
      startedMs,
      findings,
      end,
      problems: [...this.#thrown, ...outside].map((message) => `the run itself failed: ${message}`),
    })
    await this.#runOptions.finished(result, { findings, end, startedMs })
  }
}
