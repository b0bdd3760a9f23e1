import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import defaultWorld from '../../fixtures/worlds/default.ts'
import { startServer } from '../../src/server/server.ts'
import { COMPILED, freePort } from '../cli/cli.ts'

/** What a reader has at hand, in the place of what takes a registry or does not end by itself. */
const COMMANDS: Readonly<Record<string, string>> = {
  npx: '[ "$1" = phota-mock ] || { echo "npx $1: not at hand" >&2; exit 1; }\nshift\nexec phota-mock "$@"',
  'phota-mock': `case "$1" in
  serve) PHOTA_MOCK_PORT=0 ;;
  listen) set -- "$@" --port "$LISTEN_PORT" ;;
  # In brief: test/verify has the long of it. A busy machine takes its time.
  verify) exec "$NODE" "$ROOT/src/cli.ts" "$@" --depth quick --timeout 2m ;;
  *) exec "$NODE" "$ROOT/src/cli.ts" "$@" ;;
esac
export PHOTA_MOCK_PORT
"$NODE" "$ROOT/src/cli.ts" "$@" > "$HOLD/$1.out" 2>&1 &
echo $! >> "$HOLD/pids"
until grep -q 'http://' "$HOLD/$1.out"; do
  kill -0 $! || { cat "$HOLD/$1.out" >&2; exit 1; }
  sleep 0.05
done
cat "$HOLD/$1.out"`,
  npm: 'case "$1" in ci|test) ;; *) echo "npm $1: not at hand" >&2; exit 1 ;; esac',
  // A refusal is a failure, unless the line says so.
  curl: 'exec /usr/bin/curl --fail-with-body "$@"',
}

/** What came of a script. */
export interface ShellRun {
  code: number | null
  /** Both of its streams. */
  output: string
  /** Where it ran; gone with `remove`. */
  folder: string
  remove(): Promise<void>
}

/**
 * Runs what a page tells a reader to type, line by line, in an empty folder with the package in it and a server that
 * listens. It ends at the first line that fails. A line with the comment `# 410` must be refused.
 */
export async function runShell(code: string): Promise<ShellRun> {
  const server = await startServer({ port: 0, clock: 'manual', contents: defaultWorld })
  // Takes callbacks for an application that is not there.
  const application = createServer((request, response) =>
    request.resume().on('end', () => response.writeHead(204).end()),
  )
  await once(application.listen(0, '127.0.0.1'), 'listening')
  const hold = await mkdtemp(join(tmpdir(), 'phota-mock-docs-'))
  const folder = join(hold, 'empty')
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await symlink(resolve('.'), join(folder, 'node_modules/phota-mock'))
  await writeFile(join(folder, 'known.txt'), '')
  for (const [name, script] of Object.entries(COMMANDS)) {
    await writeFile(join(hold, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(hold, name), 0o755)
  }
  const [listenPort, receiverPort] = [await freePort(), await freePort()]
  const script = code
    .replaceAll(/127\.0\.0\.1:(4010|8000)/g, new URL(server.url).host)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${(application.address() as AddressInfo).port}`)
    .replaceAll('4020', String(listenPort))
    .replaceAll('5000', String(receiverPort))
    .replaceAll(/^(.*?)\s+# 4\d\d$/gm, 'if $1; then echo "not refused" >&2; exit 1; fi')
  const log = await open(join(hold, 'log'), 'a')
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: {
      ...process.env,
      ...COMPILED,
      PATH: `${hold}:${process.env['PATH']}`,
      HOLD: hold,
      ROOT: resolve('.'),
      NODE: process.execPath,
      LISTEN_PORT: String(listenPort),
      PHOTA_MOCK: `${process.execPath} ${resolve('src/cli.ts')}`,
      PHOTA_MOCK_URL: server.url,
      PHOTA_KEY: 'test-key-alice',
      PYTHONDONTWRITEBYTECODE: '1',
      NO_COLOR: '1',
    },
    // Files, because /dev/stderr cannot be opened where it is a socket.
    stdio: ['ignore', log.fd, log.fd],
  })
  const [exitCode] = (await once(shell, 'exit')) as [number | null]
  await log.close()
  await endAll(join(hold, 'pids'))
  await server.close(100)
  application.close()
  const output = await readFile(join(hold, 'log'), 'utf8')
  return { code: exitCode, output, folder, remove: () => rm(hold, { recursive: true, force: true }) }
}

async function endAll(pids: string): Promise<void> {
  const ids = await readFile(pids, 'utf8').catch(() => '')
  for (const id of ids.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(id), 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}
