import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { COMPILED, freePort, test, untilPort } from './cli.ts'

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** 503 the first time, then nothing. */
function unavailableOnce(): RequestListener {
  let count = 0
  return (_, response) => {
    if (count++ === 0) response.writeHead(503).end()
  }
}

describe('phota-mock wait', () => {
  test('waits for a server that is started only now, and says which one it is', async ({ photaMock }) => {
    const port = await freePort()
    const waiting = photaMock(['wait', `http://localhost:${port}/_mock/`])
    photaMock(['serve', '--port', String(port)])
    expect(await waiting.exited).toBe(0)
    expect(waiting.stdout).toMatch(new RegExp(`^http://localhost:${port} is ready: phota-mock \\d+\\.\\d+\\.\\d+\\n$`))
  })

  test('takes any HTTP answer of any other server, but 502, 503 and 504', async ({ photaMock }) => {
    let asked = 0
    const url = await listening((_, response) => {
      response.writeHead([502, 503, 504, 404][asked++] as number).end()
    })
    const waiting = photaMock(['wait'], { PHOTA_MOCK_URL: url })
    expect(await waiting.exited).toBe(0)
    expect(waiting.stdout).toBe(`${url} answers (404)\n`)
    expect(asked).toBe(4)
  })

  test('takes a server without its control API, and one whose token it does not know', async ({ photaMock, serve }) => {
    for (const [args, status] of [
      [['--no-control'], 404],
      [['--control-token', 'open-sesame'], 401],
    ] as const) {
      const { url } = await serve([...args])
      const waiting = photaMock(['wait', url])
      expect([await waiting.exited, waiting.stdout]).toEqual([0, `${url} answers (${status})\n`])
    }
    const { url } = await serve(['--control-token', 'open-sesame'])
    const waiting = photaMock(['wait', url, '--token', 'open-sesame'])
    expect([await waiting.exited, waiting.stdout]).toEqual([0, expect.stringContaining('is ready: phota-mock')])
  })

  test('gives up after --timeout with 1, and says what it saw last', async ({ photaMock }) => {
    const silent = createTcpServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    for (const [url, why] of [
      [`http://127.0.0.1:${await freePort()}`, 'nothing listens there (ECONNREFUSED)'],
      ['http://nobody.invalid', expect.stringMatching(/^(no such host is known|EAI_AGAIN)/)],
      [await listening((_, response) => response.writeHead(503).end()), 'it answers 503'],
      [await listening(unavailableOnce()), 'it answers 503'],
      [`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, 'it took the connection and does not answer'],
    ] as const) {
      const waiting = photaMock(['wait', url, '--timeout', '2s'])
      expect(await waiting.exited).toBe(1)
      const [, told = ''] = /^phota-mock wait: \S+ was not ready within 2s: (.*)\.\n$/.exec(waiting.stderr) ?? []
      expect(told, waiting.stderr).toEqual(why)
    }
  })

  test('says what it expects, with 2', async ({ photaMock }) => {
    for (const [args, why] of [
      [['nope'], 'wait expects an http or https URL, received "nope"'],
      [['--timeout', '5'], '--timeout expects a duration with its unit, received "5"'],
    ] as const) {
      const waiting = photaMock(['wait', ...args])
      expect([await waiting.exited, waiting.stderr]).toEqual([2, expect.stringContaining(why)])
    }
  })
})

/** Starts a server as `npx` does, a shell in between that does not pass signals on, and is killed itself. */
const PARENT = `
  const { spawn } = require('node:child_process')
  const [port, flag] = process.argv.slice(1)
  const line = process.execPath + ' src/cli.ts serve --port ' + port + ' ' + flag + ' & wait'
  const command = '{ ' + line.replace(' & wait', ' <&3 & wait') + '; } 3<&0'
  spawn('bash', ['-c', command], { stdio: ['pipe', 'ignore', 'ignore'] })
`

test('serve --stop-with-stdin ends with a parent that is killed, with a shell in between as with npx', async () => {
  const port = await freePort()
  const parent = spawn(process.execPath, ['-e', PARENT, String(port), '--stop-with-stdin'], {
    env: { ...process.env, ...COMPILED },
    stdio: 'ignore',
  })
  await untilPort(port, 'accepts')
  parent.kill('SIGKILL')
  await untilPort(port, 'refuses')
})

test('serve --stop-with-stdin says why it ends, and ends well', async () => {
  const server = spawn(process.execPath, ['src/cli.ts', 'serve', '--port', '0', '--stop-with-stdin'], {
    env: { ...process.env, ...COMPILED },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let told = ''
  server.stderr.setEncoding('utf8').on('data', (text) => {
    told += text
  })
  const ended = once(server, 'close')
  await once(server.stdout, 'data')
  server.stdin.end()
  expect(await ended).toEqual([0, null])
  expect(told).toBe('phota-mock: standard input has ended, so the server ends too (--stop-with-stdin).\n')
})
