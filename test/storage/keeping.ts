import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Drive } from '../../src/drive/drive.ts'
import type { AttemptOutcome, DueAttempt } from '../../src/engine/delivery.ts'
import { takeSnapshot } from '../../src/engine/snapshot.ts'
import type { WorldSnapshot } from '../../src/engine/world-snapshot.ts'
import { phota } from '../../src/phota/api.ts'
import { World } from '../../src/phota/world.ts'
import { Storage } from '../../src/storage/storage.ts'

/** Memory, where there is such a folder: hundreds of restarts would wait for a disk most of the time. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** An empty folder that is gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(PLACE, 'phota-mock-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What every attempt comes to: some are answered, some fail, and the same one always comes to the same. */
export async function send({ delivery, attempt }: DueAttempt): Promise<AttemptOutcome> {
  switch ((Number.parseInt(delivery.id.slice(0, 4), 16) + attempt.n) % 4) {
    case 0:
      return { kind: 'failed', error: 'ECONNREFUSED', wallMs: 1 }
    case 1:
      return { kind: 'answered', status: 500, wallMs: 1 }
    case 2:
      return { kind: 'timed-out', wallMs: 1 }
    default:
      return { kind: 'answered', status: 200, wallMs: 1 }
  }
}

/** A World with what moves it. */
export interface Driven {
  world: World
  drive: Drive
}

export function driven(world: World): Driven {
  return { world, drive: new Drive(world, { mode: 'manual', send }) }
}

/** A World in a folder, by hand of `Storage` alone. */
export class Kept {
  readonly #root: string
  #folder: string
  #restarts = 0
  #storage: Storage
  world: World
  drive: Drive

  private constructor(root: string, storage: Storage, { world, drive }: Driven) {
    this.#root = root
    this.#folder = storage.folder
    this.#storage = storage
    this.world = world
    this.drive = drive
  }

  static begin(root: string, world: World): Kept {
    const storage = new Storage(join(root, '0'), phota)
    const kept = new Kept(root, storage, driven(world))
    storage.follow(world, kept.drive, () => null)
    storage.commit()
    return kept
  }

  /** Ends and begins anew, properly or as it stands after the last turn. @param meanwhile what is done to the folder */
  async restart(how: 'ends' | 'crashes', meanwhile: (folder: string) => void = () => undefined): Promise<void> {
    this.#storage.commit()
    const before = this.#folder
    this.#folder = join(this.#root, String(++this.#restarts))
    // The lock is on the old files, and nothing is written meanwhile: as a process finds them that comes after a kill.
    if (how === 'crashes') cpSync(before, this.#folder, { recursive: true })
    this.close()
    if (how === 'ends') this.#folder = before
    meanwhile(this.#folder)
    this.#storage = new Storage(this.#folder, phota)
    const place = { keyPrefix: '', cdnBaseUrl: this.world.options.cdnBaseUrl }
    const [restored] = await this.#storage.load((id) => ({ id, ...place }))
    if (!(restored?.world instanceof World)) throw new Error('the World was not there')
    this.world = restored.world
    this.drive = new Drive(this.world, { mode: 'manual', send, ...restored.own })
    this.#storage.follow(this.world, this.drive, () => null)
    this.#storage.commit()
    this.drive.enter()
    await this.drive.idle()
  }

  commit(): void {
    this.#storage.commit()
  }

  close(): void {
    this.drive.close()
    this.#storage.close()
  }
}

/** All that is kept of a World, in an order of its own where there is none. */
export function stateOf(world: World): WorldSnapshot {
  const { expired, jobs, drawn, ...snapshot } = takeSnapshot(world)
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
  // Requests draw ids that nobody keeps count of between two changes.
  const { request: _, ...others } = drawn
  return {
    ...snapshot,
    journal: [],
    drawn: others,
    jobs: jobs.toSorted(byId),
    expired: expired
      .map(({ account, ids }) => ({ account, ids: ids.toSorted() }))
      .sort((a, b) => (a.account < b.account ? -1 : 1)),
  }
}
