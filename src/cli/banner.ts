import { isLoopback } from '../engine/callback-target.ts'
import type { RunningServer } from '../server/server.ts'
import { basePath } from '../spec/index.ts'
import { dollars } from '../text/dollars.ts'
import { printable } from '../text/printable.ts'
import { quoted } from '../text/quoted.ts'

/** Which clients can reach a server. */
export interface Openness {
  /** The address that it listens on. */
  readonly host: string
  /** Whether there is a control API. */
  readonly control: boolean
  /** Names besides loopback by which the control API may be reached. */
  readonly allowControlHost: readonly string[]
  /** The folder that its Worlds are kept in. */
  readonly data?: string
}

/** What `serve` prints at the start: URLs, who can reach them, the clock, keys, and a curl command to try. */
export function banner({ publicUrl, dashboardUrl, world, drive }: RunningServer, openness: Openness): string {
  const keys = [...world.keys()].map(
    ([key, account]) => `    ${key.padEnd(24)} ${printable(account.id).padEnd(10)} ${dollars(account.available)}`,
  )
  const [firstKey] = world.keys()
  return [
    `phota-mock listens on ${publicUrl}`,
    '',
    `  API    ${publicUrl}${basePath}`,
    `  Open   ${openLine(openness)}`,
    `  Clock  ${clockLine(drive)}`,
    ...(openness.data === undefined ? [] : [`  Data   ${openness.data}`]),
    ...(dashboardUrl === null ? [] : [`  Page   ${dashboardUrl}`]),
    '  Keys',
    ...keys,
    '',
    '  Try it:',
    `    curl ${publicUrl}${basePath}/generate -H ${quoted(`X-API-Key: ${firstKey?.[0] ?? 'KEY'}`)} -H ` +
      `'Content-Type: application/json' \\`,
    `      -d '{"prompt": "a lighthouse at dusk", "async": true, "response_mode": "urls"}'`,
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n')
}

function openLine({ host, control, allowControlHost: names }: Openness): string {
  const isLocal = isLoopback(host === '::1' ? '[::1]' : host)
  if (isLocal && names.length === 0) return 'to this machine only'
  const api = `API and images to ${isLocal ? 'this machine only' : `everyone who reaches ${host}`}`
  if (!control) return `${api}; no control API`
  const others =
    names.length === 0 ? 'to this machine only' : `by its token, to this machine and as ${names.join(', ')}`
  return `${api}; control API ${others}`
}

function clockLine({ mode, speed }: RunningServer['drive']): string {
  if (mode === 'manual') return 'manual: stands still until it is moved'
  if (mode === 'auto') return 'auto: jumps ahead whenever a client waits'
  return speed === 1 ? 'real' : `real, ${speed} times as fast`
}
