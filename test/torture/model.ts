import fc from 'fast-check'
import { type Control, connect } from '../../src/control/index.ts'
import { inProcess } from '../../src/index.ts'
import type { Part } from './part.ts'
import { type Command, commands, openWorld, play } from './play.ts'
import type { Target } from './target.ts'

const SEQUENCES = 50

/** Random commands to both doors, held against a model and against each other. */
export const model: Part = {
  name: 'model',
  about: 'a model of two accounts against both doors: clock, money, faults, snapshots',
  rounds: { full: 100, short: 2 },
  async run(round) {
    let target = await round.open()
    for (let i = 0; i < SEQUENCES; i++) {
      if (!target.isAlive) target = await round.open()
      const property = fc.asyncProperty(commands, (list) => tryBoth(target, list))
      const seed = round.seed * SEQUENCES + i
      // Only what is seen for the first time is worth making smaller.
      let details = await fc.check(property, { seed, numRuns: 1, endOnFailure: true })
      round.tried('sequences')
      if (!details.failed) continue
      const message = (details.errorInstance as Error).message
      const kind = message.split('\n')[0] as string
      if (!round.hasSeen(kind)) {
        const smaller = await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit: 20_000 })
        // What does not break every time is shown as it was.
        if (smaller.failed && smaller.counterexample) details = smaller
      }
      const list = details.counterexample?.[0] ?? []
      const shown = details.errorInstance instanceof Error ? details.errorInstance.message : message
      round.broke(kind, `${shown}\n${list.map((each) => JSON.stringify(each)).join('\n')}`)
    }
  },
}

async function tryBoth({ url }: Target, list: readonly Command[]): Promise<void> {
  const outside = await tryOne(connect(url), list)
  const inside = await tryOne(inProcess(), list)
  const at = outside.findIndex((answer, i) => answer !== inside[i])
  if (at >= 0) throw new Error(`the doors differ\nserver: ${outside[at]}\nin-process: ${inside[at]}`)
}

async function tryOne(control: Control, list: readonly Command[]): Promise<string[]> {
  const world = await openWorld(control)
  try {
    return await play(control, world, list)
  } finally {
    await world.remove()
  }
}
