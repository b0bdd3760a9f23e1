import { describe, expect, test } from 'vitest'
import { Deadline, inWords } from '../../src/verify/deadline.ts'
import { CannotJudge } from '../../src/verify/verdict.ts'

const REACHED = new CannotJudge("the run's deadline of 50 ms was reached (--deadline)")

describe('A deadline', () => {
  test('ends a sleep, and whatever waits for ever', async () => {
    const deadline = new Deadline(50)
    const waits = [deadline.sleep(60_000), deadline.race(new Promise(() => undefined))]
    for (const wait of waits) await expect(wait).rejects.toEqual(REACHED)
    await expect(deadline.race(Promise.resolve(1))).rejects.toEqual(REACHED)
    expect(deadline.signal.reason).toEqual(REACHED)
    expect(deadline.leftMs).toBe(0)
  })

  test('lets through what ends before it', async () => {
    const deadline = new Deadline(60_000)
    await deadline.sleep(10)
    expect(await deadline.race(Promise.resolve(1))).toBe(1)
    deadline.close()
    await expect(deadline.sleep(10)).rejects.toThrow('the run is over')
  })

  test.each([
    [300, '300 ms'],
    [1_500, '1.5 s'],
    [90_000, '90 s'],
    [1_800_000, '30 m'],
    [7_200_000, '2 h'],
  ])('of %i ms is called %s', (ms, words) => {
    expect(inWords(ms)).toBe(words)
  })
})
