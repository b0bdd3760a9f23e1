import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { startServer } from '../../src/server/server.ts'

const run = promisify(execFile)

test('a client in Python submits, polls, verifies, downloads, and sees the job expire, with one charge for lost answers', async () => {
  const server = await startServer({
    port: 0,
    contents: defaultWorld,
    checkResponses: true,
    // The answers of the first two submits are lost after the job was made.
    scenarios: [{ match: { operation: 'generate' }, effect: { fault: { when: 'after', answer: 'drop' } }, times: 2 }],
  })
  try {
    const { stdout, stderr } = await run('python3', ['-B', 'examples/python_client.py', server.url])
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^submitted [0-9a-f]{32}\npolled succeeded\ncalled back, genuine: succeeded\ndownloaded \d{4,} bytes of image\/jpeg\na day later 410 JOB_EXPIRED\n$/,
    )
    expect(server.world.accounts.get('alice')).toMatchObject({ spent: 90_000, reserved: 0 })
    expect(server.world.jobs.expiredCount).toBe(1)
  } finally {
    await server.close(100)
  }
})
