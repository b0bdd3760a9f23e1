import { describe, expect, test, vi } from 'vitest'
import type { HostileTarget } from './hostile/front.ts'
import { hostileTargets } from './hostile/targets.ts'
import { tryHostile } from './hostile/try-hostile.ts'

vi.setConfig({ testTimeout: 90_000 })

const named = (name: string): HostileTarget => hostileTargets.find((target) => target.name === name) as HostileTarget

/** All of them are tried by `npm run verify:hostile`. */
describe.concurrent('The command ends within its deadline, with its reports, and spends no more than it may', () => {
  test.each([
    ['an endless body', 2],
    ['a body that drips', 2],
    ['429 for ever', 2],
    ['500 after taking the job', 1],
    ['a silent control API', 2],
  ])('on a target with %s', async (name, code) => {
    const only = ['--only', 'submit.accepted,poll.shape,callback.none,idem.same-job,bill']
    const ending = await tryHostile(named(name), ['--deadline', '6s', '--max-spend', '1', ...only])
    const scripts = ending.result?.rules.some(({ again }) => again !== null) ? ['again'] : []
    expect(ending.reports).toEqual([...scripts, 'junit.xml', 'report.html', 'result.json'])
    expect(ending.exitCode).toBe(code)
    expect(ending.result?.exitCode).toBe(code)
    // Its own deadline, the 5 s for the removal of Worlds, and a machine that is busy.
    expect(ending.result?.durationMs).toBeLessThan(6_000 + 5_000 + 15_000)
    if (ending.result?.target.control === null) {
      expect(ending.takenMicroUsd).toBeLessThanOrEqual(1_000_000)
      expect(ending.result.spend.spentMicroUsd).toBeLessThanOrEqual(1_000_000)
    }
  })
})
