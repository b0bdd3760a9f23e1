import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from '../server/serving.ts'

/** What `respect` makes of the example against this server. */
async function respect(url: string, apiKey: string): Promise<{ exitCode: number; text: string }> {
  const args = ['respect', 'examples/arazzo.yaml', '--input', `apiKey=${apiKey}`]
  const servers = ['--server', `phota=${url}/v1/phota`, '--server', `mock=${url}/_mock`]
  // It looks for a newer version of itself otherwise.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const { code, stdout } = await promisify(execFile)('node_modules/.bin/redocly', [...args, ...servers], { env }).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { code: number; stdout: string }) => error,
  )
  return { exitCode: code, text: stdout }
}

test.concurrent('respect follows a job from submit to expiry, and every answer is as openapi.yaml says', async ({
  server,
  expect,
}) => {
  const { exitCode, text } = await respect(server.url, 'test-key-alice')
  expect(text).toContain('Steps: 6 passed, 6 total')
  expect(exitCode).toBe(0)
})

test.concurrent('respect tells the step that fails', async ({ server, expect }) => {
  const { exitCode, text } = await respect(server.url, 'nobody')
  expect(text).toMatch(/✗ POST \/generate - step submit/)
  expect(exitCode).toBe(1)
})
