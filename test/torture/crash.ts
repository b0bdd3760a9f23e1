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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** For trying out whether this part sees what is wrong. */
export interface Trial {
  /** Told of the folder between a kill and the next start. */
  tamper(folder: string, kills: number): void
  /** Instead of as many as a round has, and of disks that fail. */
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
    for (let kills = 0; kills < most; ) {
      const how = await runUntilKilled(scene, server, join(folder, '..', 'snapshot.json'))
      if (server.stderr !== '') round.broke('the server complained', server.stderr)
      if (how !== 'ended') kills++
      round.tried(how === 'ended' ? 'proper ends' : `kills ${how}`)
      trial?.tamper(folder, kills)
      if (random() < 0.15 && kills < most) {
        const starting = begin(folder, port, [])
        await pause(random() * 500)
        await starting.kill()
        kills++
        round.tried('kills during a start')
      }
      if (random() < 0.1 && kills < most) {
        await killMigration(scene, folder)
        kills++
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
