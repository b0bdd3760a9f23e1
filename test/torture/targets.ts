import type { HostileTarget } from '../verify/hostile/front.ts'
import { hostileTargets } from '../verify/hostile/targets.ts'
import { isBounded, mostSpend, tryHostile } from '../verify/hostile/try-hostile.ts'
import type { Part } from './part.ts'

const FEW = ['a body that drips', 'silence']

/** The targets of `npm run verify:hostile`, which has the table of what each took. */
export const targets: Part = {
  name: 'targets',
  about: 'targets that lie to `verify`, drip, flood and bomb',
  rounds: { full: 1, short: 1 },
  async run(round) {
    const isShort = round.size === 'short'
    const chosen = isShort ? hostileTargets.filter(({ name }) => FEW.includes(name)) : hostileTargets
    const deadlineS = isShort ? 6 : 60
    const waiting = chosen.values()
    const work = async (): Promise<void> => {
      for (const target of waiting) await tryOne(target)
    }
    const tryOne = async (target: HostileTarget): Promise<void> => {
      const only = isShort ? ['--only', 'submit.accepted,poll.shape'] : []
      const flags = ['--deadline', `${deadlineS}s`, '--max-spend', String(mostSpend(target)), ...only]
      const ending = await tryHostile(target, flags)
      round.tried('hostile targets')
      round.figure('MB of `verify`', ending.peakMb)
      if (isBounded(target, ending, deadlineS)) return
      const { seconds, peakMb, exitCode, stderr } = ending
      const example = `${target.name}: ${seconds.toFixed(0)} s, ${peakMb.toFixed(0)} MB, exit ${exitCode}\n${stderr}`
      round.broke('`verify` knows no bounds', example, target.name)
    }
    await Promise.all([work(), work()])
  },
}
