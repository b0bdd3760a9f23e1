import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { type GradedFunction, type GradeResult, type GradeSurroundings, grade } from '../../src/grade/index.ts'

/** The verdict of each habit that was judged. */
function verdicts({ habits }: GradeResult): Record<string, string> {
  const judged = habits.filter(({ reason }) => !reason?.includes('left out'))
  return Object.fromEntries(judged.map(({ id, verdict }) => [id, verdict]))
}

interface Asked {
  readonly pause?: (nth: number) => Promise<unknown>
  readonly keyTo?: 'downloads'
  readonly prompt?: string
}

/** A small client: one job, polled and downloaded. */
async function makePicture({ baseUrl, apiKey, fetch }: GradeSurroundings, asked: Asked = {}): Promise<void> {
  const { pause = () => sleep(1_000), keyTo, prompt = 'a lighthouse' } = asked
  const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ prompt, async: true, response_mode: 'urls' })
  const submitted = await fetch(`${baseUrl}/generate`, { method: 'POST', headers, body })
  if (submitted.status !== 202) throw new Error(`submit: ${submitted.status}`)
  const { job_id } = (await submitted.json()) as { job_id: string }
  for (let nth = 0; ; nth += 1) {
    await pause(nth)
    const answer = await fetch(`${baseUrl}/jobs/${job_id}`, { headers, redirect: 'error' })
    const job = (await answer.json()) as { status: string; result: { download_urls: string[] } }
    if (job.status === 'failed') throw new Error('it failed')
    if (job.status !== 'succeeded') continue
    for (const url of job.result.download_urls) {
      const picture = await fetch(url, keyTo === 'downloads' ? { headers } : {})
      if (!picture.ok) throw new Error(`download: ${picture.status}`)
      await picture.arrayBuffer()
    }
    return
  }
}

describe.concurrent('grade of a function', () => {
  test('names a key that goes to the host of the downloads, with the exchange that shows it', async () => {
    const work: GradedFunction = (round) => makePicture(round, { keyTo: 'downloads' })
    const result = await grade(work, { only: ['secret'], rounds: ['ordinary'] })
    expect(verdicts(result)).toMatchObject({ 'secret.key-at-home': 'failed' })
    const [breach] = result.habits.find(({ id }) => id === 'secret.key-at-home')?.breaches ?? []
    const exchange = result.exchanges.find(({ id }) => id === breach?.exchange)
    expect(exchange?.request).toMatchObject({ method: 'GET', headers: { 'x-api-key': '<key>' } })
    expect(JSON.stringify(result)).not.toMatch(/test-key-[0-9a-f]{8}/)
    expect(result.exitCode).toBe(1)
  })

  test('blames nothing of a client that does none of it', async () => {
    const result = await grade((round) => makePicture(round), { only: ['secret', 'lenient'], skip: ['lenient.fields'] })
    expect(result.habits.filter(({ verdict }) => verdict === 'failed')).toEqual([])
    expect(verdicts(result)['lenient.text']).toBe('skipped')
  })

  test('leads calls of the real API to the round', async () => {
    const real = 'https://api.photalabs.com/v1/phota'
    const work: GradedFunction = (round) => makePicture({ ...round, baseUrl: real })
    const result = await grade(work, { only: ['poll.ends'], rounds: ['ordinary'] })
    expect(result.rounds.map(({ ending }) => ending)).toEqual(['done'])
  })

  test('says that a client does not work where nothing goes wrong, with its own words', async () => {
    const work: GradedFunction = () => Promise.reject(new Error('out of paper'))
    const result = await grade(work, { only: ['submit'] })
    expect(result).toMatchObject({ exitCode: 2, rounds: [{ id: 'ordinary', ending: 'failed' }] })
    expect(result.problems.join()).toContain('does not work even where nothing goes wrong (it rejected: Error: out of')
    expect(new Set(Object.values(verdicts(result)))).toEqual(new Set(['error']))
  })

  test.for([
    ['OÌ\u0308lgemaÌ\u0308lde', 'passed'],
    ['夜明けの灯台 🗼', 'passed'],
    ['Ölgemälde: ein Café, 100% öl?', 'passed'],
    ['Ã–lgemÃ¤lde', 'failed'],
    ['?lgem?lde', 'failed'],
    ['?????? ?', 'failed'],
    ['%C3%96lgem%C3%A4lde', 'failed'],
    ['gem\ufffdlde', 'failed'],
    ['a lighthouse', 'skipped'],
  ])('a prompt %s: %s', async ([prompt, verdict], { expect }) => {
    const result = await grade((round) => makePicture(round, { prompt: prompt as string }), { only: ['lenient.text'] })
    expect(verdicts(result)).toEqual({ 'lenient.text': verdict })
  })

  test('an expected failure that holds is an error', async () => {
    const options = { only: ['secret'], rounds: ['ordinary'], expectedFailures: ['secret.not-in-url'] }
    const result = await grade((round) => makePicture(round), options)
    expect(result).toMatchObject({ exitCode: 2 })
    expect(result.problems.join()).toContain('secret.not-in-url is listed as an expected failure, and holds')
  })

  test.for([
    [{ only: ['poll.patience'] }, '--only: there is no habit "poll.patience"'],
    [{ rounds: ['usual'] }, '--rounds: there is no round "usual"'],
    [{ receiver: 'localhost' }, '--receiver '],
    [{ concurrency: 0 }, 'concurrency expects a whole number from 1 to 8, received 0'],
    [{ patienceMs: 5 }, 'patienceMs (--patience) expects a second or more, received 5 ms'],
  ] as const)('%j is refused', async ([options, message], { expect }) => {
    await expect(grade(() => Promise.resolve(), options)).rejects.toThrow(message)
  })
})

describe('under fake timers', () => {
  test('a job of 20 minutes is waited for to its end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const work: GradedFunction = (round) =>
        makePicture(round, {
          pause: async (nth) => {
            const over = new Promise((resolve) => setTimeout(resolve, 1_000 * 1.5 ** Math.min(nth, 8)))
            await vi.advanceTimersByTimeAsync(1_000 * 1.5 ** Math.min(nth, 8))
            await over
          },
        })
      const result = await grade(work, { only: ['poll.patient', 'poll.backs-off'], concurrency: 1 })
      expect(verdicts(result)).toEqual({ 'poll.patient': 'passed', 'poll.backs-off': 'passed' })
    } finally {
      vi.useRealTimers()
    }
  })
})
