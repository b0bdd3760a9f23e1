import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandClient } from '../../src/grade/command.ts'
import type { GradeResult, HabitResult } from '../../src/grade/result.ts'
import { rounds } from '../../src/grade/rounds.ts'
import { run } from '../../src/grade/run.ts'
import { type GradeOptions, resolveOptions } from '../../src/grade/settings.ts'
import type { Client } from './clients/index.ts'

/** What `grade` said of one client. */
export interface Trial {
  readonly client: Client
  readonly result: GradeResult
  /** Its habit was not named. */
  readonly isMissed: boolean
  /** Habits that were named, and that it does not break. */
  readonly stray: readonly HabitResult[]
  readonly isRight: boolean
}

/** Longer than the most patient of the impatient clients is. */
const PATIENCE_MS = 70_000

/**
 * Grades a client as the command does.
 *
 * @param isQuick only the rounds that show its habit
 */
export async function tryClient(client: Client, isQuick = false, more: GradeOptions = {}): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-grade-'))
  const [program, ...args] = client.command(folder)
  const graded = commandClient({ command: [program as string, ...args], env: { ...process.env, TMPDIR: folder } })
  try {
    const settings = resolveOptions({
      ...(client.receiver && { receiver: 'http://127.0.0.1:{port}/callback' }),
      ...(client.habit === 'poll.patient' && { patienceMs: PATIENCE_MS }),
      ...(isQuick && { rounds: roundsOf(client) }),
      ...more,
    })
    return judged(client, await run(settings, { name: client.name, client: graded.client, clock: 'real' }))
  } finally {
    await graded.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function roundsOf({ habit }: Client): string[] {
  const chosen = rounds.filter(({ shows }) => habit !== null && shows.includes(habit)).map(({ id }) => id)
  return chosen.length === 0 ? ['ordinary'] : chosen
}

function judged(client: Client, result: GradeResult): Trial {
  const { habit, also } = client
  // A note blames nobody, but says what is the matter.
  const named = result.habits.filter(({ verdict }) => verdict === 'failed')
  const told = result.habits.filter(({ verdict }) => verdict === 'failed' || verdict === 'note').map(({ id }) => id)
  const stray = named.filter(({ id }) => id !== habit && !also.some((each) => each === id))
  const isMissed = habit !== null && !told.includes(habit)
  return { client, result, isMissed, stray, isRight: !isMissed && stray.length === 0 }
}

/** What became of it, and what is wrong with that. */
export function lineOf({ client, isMissed, stray, isRight, result }: Trial): string {
  const lines = [`${isRight ? '✓' : '✗'}  ${client.name}: ${client.habit ?? 'nothing'}`]
  if (isMissed) {
    const mine = result.habits.find(({ id }) => id === client.habit)
    lines.push(`     not named: ${mine?.verdict} ${mine?.reason ?? ''}`)
    for (const { id, endingText, said } of result.rounds) lines.push(`     ${id}: ${endingText} ${said.slice(-150)}`)
  }
  for (const { id, breaches } of stray) lines.push(`     stray: ${id}: ${breaches[0]?.expected}; ${breaches[0]?.seen}`)
  return lines.join('\n')
}
