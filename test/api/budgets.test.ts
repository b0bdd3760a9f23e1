import { expect } from 'vitest'
import { API, ASYNC, behindEachDoor, poll, submit } from '../support/doors.ts'

// What a request leaves behind in its World.

behindEachDoor('what is kept of a request', (test) => {
  test('of thousands of unknown profiles the journal notes twenty, and counts the rest', async ({ door }) => {
    const ids = Array.from({ length: 3000 }, (_, i) => `[[p${i}]]`)
    expect((await submit(door, { prompt: ids.join('') })).status).toBe(202)
    const { warnings } = door.world.journal.entries().at(-1) ?? { warnings: [] }
    expect(warnings.length).toBe(21)
    expect(warnings.at(-1)).toBe('and 2980 more')
    expect((await submit(door, { prompt: `[[${'x'.repeat(10_000)}]]` })).status).toBe(202)
    expect(JSON.stringify(door.world.journal.entries().at(-1)?.warnings).length).toBeLessThan(400)
  })

  test('of a long prompt a job keeps the beginning, once it is decided what becomes of it', async ({ door }) => {
    const prompt = `${'lighthouse '.repeat(2000)}, doomed, by [[abc123]]`
    door.world.scenario({ match: { prompt: 'doomed' }, effect: { running: '1m' } })
    const { body: handle } = await submit(door, { prompt })
    const job = door.world.jobs.find(handle.job_id)
    expect(job?.work.label).toBe(`${prompt.slice(0, 4096)}… (${prompt.length} characters)`)
    await door.clock.advance('30s')
    expect((await poll(door, handle.job_id)).body.status).toBe('running')
    await door.clock.settle()
    expect((await poll(door, handle.job_id)).body.result.known_subjects.counts).toEqual({ abc123: 1 })
  })

  test('what a refusal repeats of a request is short', async ({ door }) => {
    const long = 'x'.repeat(8000)
    const unknown = await door.request('GET', `${API}/${long}`)
    expect([unknown.status, unknown.text.length < 400]).toEqual([404, true])
    const scenario = await door.request('POST', `${API}/generate`, {
      body: ASYNC,
      headers: { 'X-Mock-Scenario': `running=${long}` },
    })
    expect([scenario.status, scenario.text.length < 600]).toEqual([400, true])
    expect(JSON.stringify(door.world.journal.entries().map(({ responseBody }) => responseBody)).length).toBeLessThan(
      2000,
    )
  })
})
