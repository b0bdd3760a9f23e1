import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryDisks } from './crash/disk.ts'
import { auditAll, openScene, runUntilKilled, settle } from './crash/kill.ts'
import { killMigration } from './crash/migration.ts'
import { Receiver } from './crash/receiver.ts'
import { begin, freePort, run, serve } from './crash/served.ts'
import { chance, type Part, type Round } from './part.ts'

const KILLS = { full: 20, short: 15 }
/** What the table tells, in this order. */
const TOLD = [
  'kills',
  'of them at an answer',
  'during a start',
  'during a migration',
  'during a snapshot, restore or reset',
  'proper ends',
  'submits answered',
  'jobs checked',
  'polls',
  'replays',
  'callbacks awaited',
  'of them sent again',
  'unanswered submits that happened',
  'unanswered submits that did not',
  'Worlds checked that come and go',
  'full disks',
  'disks that fail',
  'requests refused with 503',
]

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** For trying out whether this part sees what is wrong. */
export interface Trial {
  /** Told of the folder after each kill, before the next start. */
  tamper(folder: string): void
  /** Instead of as many as a round has, of kills elsewhere than under load, and of disks that fail. */
  readonly kills: number
}

/** `serve --data` as a real process, killed at random moments under a mixed load. */
export const crash: Part = crashPart()

export function crashPart(trial: Trial | null = null): Part {
  return {
    name: 'crash',
    about: '`serve --data` killed 20 times a round, and on disks that fail: what was answered is there, once',
    rounds: { full: 10, short: 1 },
    async run(round) {
      const root = await mkdtemp(join(tmpdir(), 'phota-mock-crash-'))
      const receiver = new Receiver()
      await receiver.listen()
      for (const what of TOLD) round.tried(what, 0)
      try {
        const random = chance(round.seed)
        await killOften(round, random, join(root, 'data'), receiver, trial)
        if (trial === null) await tryDisks({ broke: round.broke, tried: round.tried, random }, root, receiver)
      } finally {
        receiver.close()
        await rm(root, { recursive: true, force: true })
      }
    },
  }
}

async function killOften(
  round: Round,
  random: () => number,
  folder: string,
  receiver: Receiver,
  trial: Trial | null,
): Promise<void> {
  const most = trial?.kills ?? KILLS[round.size]
  const port = await freePort()
  let server = await serve(folder, port, [])
  try {
    const scene = await openScene(round, random, receiver, server.client)
    let kills = 0
    const killed = (when: string | null): void => {
      kills++
      round.tried('kills')
      if (when !== null) round.tried(when)
    }
    while (kills < most) {
      const how = await runUntilKilled(scene, server, join(folder, '..', 'snapshot.json'))
      if (server.stderr !== '') round.broke('the server complained', server.stderr)
      if (how === 'proper ends') round.tried(how)
      else killed(how)
      trial?.tamper(folder)
      if (trial === null && random() < 0.15 && kills < most) {
        const starting = begin(folder, port, [])
        await pause(random() * 500)
        await starting.kill()
        killed('during a start')
      }
      if (trial === null && random() < 0.1 && kills < most) {
        await killMigration(scene, folder)
        killed('during a migration')
      }
      if (random() < 0.3) {
        const check = run(['check', folder])
        if ((await check.ended) !== 0) round.broke('`check` finds something', check.stdout + check.stderr)
        round.tried('runs of `check`')
      }
      server = await serve(folder, port, [])
      await auditAll(scene, server.client)
    }
    await settle(scene, server)
    if (server.stderr !== '') round.broke('the server complained', server.stderr)
  } finally {
    await server.kill()
  }
}
