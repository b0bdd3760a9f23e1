import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { test } from './cli.ts'

const CLIENTS = 'test/run/clients'
const DONE = { status: 'succeeded', host: 'cache-cdn.photalabs.com', isJpeg: true }

test('run ends with the exit code of the command, and prints nothing else on standard output', async ({
  photaMock,
}) => {
  const run = photaMock(['run', 'sh', '-c', 'echo "$PHOTA_BASE_URL $PHOTA_CONTROL_URL"; exit 7', '--', '--port'])
  expect(await run.exited).toBe(7)
  expect(run.stdout).toMatch(/^http:\/\/127\.0\.0\.1:(\d+)\/v1\/phota http:\/\/127\.0\.0\.1:\1\/_mock\n$/)
  expect(run.stderr).toBe(
    'phota-mock run: 0 requests, 0 jobs, $0.00 charged, 0 callbacks\n' +
      'phota-mock run: no request came. docs/run.md says which clients have to be told where the server is.\n',
  )
})

test('a command with the real address built in reaches the server: curl, Node, Python', async ({ photaMock }) => {
  const commands = [
    ['sh', `${CLIENTS}/curl.sh`],
    [process.execPath, `${CLIENTS}/node.mjs`, 'fetch'],
    [process.execPath, `${CLIENTS}/node.mjs`, 'undici.Client'],
    ['python3', `${CLIENTS}/client.py`, 'urllib'],
  ]
  const runs = commands.map((command) => photaMock(['run', '--', ...command]))
  for (const run of runs) {
    await run.exited
    expect(JSON.parse(run.stdout || run.stderr)).toMatchObject(DONE)
    expect(run.stderr).toMatch(/^phota-mock run: \d+ requests, 1 job \(1 succeeded\), \$0\.09 charged, 0 callbacks$/m)
  }
})

test('a command has a key with money, the secret of its callbacks, and the clock in reach', async ({ photaMock }) => {
  const receiver = createServer((request, response) => {
    request.resume()
    response.writeHead(204).end()
  })
  await once(receiver.listen(0, '127.0.0.1'), 'listening')
  const body = JSON.stringify({
    prompt: 'a',
    async: true,
    response_mode: 'urls',
    callback_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
  })
  const script = `
    curl -sf $PHOTA_BASE_URL/generate -H "X-API-Key: $PHOTA_API_KEY" -H 'Content-Type: application/json' -d '${body}'
    curl -sf $PHOTA_BASE_URL/webhook-secret -H "X-API-Key: $PHOTA_API_KEY" | grep -q $PHOTA_WEBHOOK_SECRET || exit 1
    curl -sf $PHOTA_CONTROL_URL/worlds/default/clock/advance -H 'Content-Type: application/json' -d '{"by": "20s"}'`
  const env = { PHOTA_API_KEY: 'the-real-one' }
  const run = photaMock(['run', '--clock', 'manual', '--log-level', 'info', '--dashboard', 'sh', '-c', script], env)
  expect(await run.exited).toBe(0)
  expect(run.stderr).toMatch(/the dashboard is at http:\/\/127\.0\.0\.1:\d+\/_mock\/\n/)
  expect(run.stderr).toMatch(/\n202 {2}POST {3}\/v1\/phota\/generate/)
  expect(run.stderr).toMatch(/ requests, 1 job \(1 succeeded\), \$0\.09 charged, 1 callback \(1 delivered\)$/m)
  receiver.close()
})

test('the real address leads to the API alone, not to what moves the clock', async ({ photaMock }) => {
  const run = photaMock(['run', '--quiet', 'curl', '-s', 'https://api.photalabs.com/_mock/worlds'])
  expect(await run.exited).toBe(0)
  expect(run.stdout).toMatch(/^\{"message":"The control API answers to loopback names only/)
})

test('signals go to the command, and run ends as it does', async ({ photaMock }) => {
  const run = photaMock(['run', '--quiet', '--', 'sh', '-c', 'trap "exit 9" TERM; echo ready; sleep 60 & wait'])
  await run.prints(/ready/)
  run.process.kill('SIGTERM')
  expect(await run.exited).toBe(9)
  expect(run.stderr).toBe('')
  // Debian's sh loses a signal that comes while it forks; `exec` does not fork.
  const other = photaMock(['run', 'sh', '-c', 'echo ready; exec sleep 60'])
  await other.prints(/ready/)
  other.process.kill('SIGINT')
  expect(await other.exited).toBe(130)
})

test('what cannot be started is named, and what is called wrongly starts nothing', async ({ photaMock }) => {
  for (const [args, exitCode, message] of [
    [['run', '--', 'no-such-program'], 127, "phota-mock run: 'no-such-program': there is no such program\n"],
    [['run', '--', '/etc/passwd'], 126, "phota-mock run: '/etc/passwd': it is not executable\n"],
    [['run', '--fixture', 'none', '--', 'true'], 2, '--fixture none'],
    [['run', '--pot', '1', 'true'], 2, "unknown option '--pot'"],
    [['run'], 2, "missing required argument 'command'"],
  ] as const) {
    const run = photaMock([...args])
    expect(await run.exited).toBe(exitCode)
    expect(run.stderr).toContain(message)
    expect(run.stdout).toBe('')
  }
})
