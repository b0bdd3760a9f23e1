import { formatUsd } from '../engine/money.ts'
import type { RunningServer } from '../server/server.ts'
import { basePath } from '../spec/index.ts'

/** What a person sees first: where it is, with which keys, how time goes, and a line to paste. */
export function banner({ publicUrl, dashboardUrl, world, drive }: RunningServer): string {
  const keys = [...world.keys()].map(
    ([key, account]) => `    ${key.padEnd(24)} ${account.id.padEnd(10)} ${formatUsd(account.available)}`,
  )
  const [firstKey] = world.keys()
  return [
    `phota-mock listens on ${publicUrl}`,
    '',
    `  API    ${publicUrl}${basePath}`,
    `  Clock  ${clockLine(drive)}`,
    ...(dashboardUrl === null ? [] : [`  Page   ${dashboardUrl}`]),
    '  Keys',
    ...keys,
    '',
    '  Try it:',
    `    curl ${publicUrl}${basePath}/generate -H 'X-API-Key: ${firstKey?.[0] ?? 'KEY'}' -H 'Content-Type: application/json' \\`,
    `      -d '{"prompt": "a lighthouse at dusk", "async": true, "response_mode": "urls"}'`,
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n')
}

function clockLine({ mode, speed }: RunningServer['drive']): string {
  if (mode === 'manual') return 'manual: stands still until it is moved'
  if (mode === 'auto') return 'auto: jumps ahead whenever a client waits'
  return speed === 1 ? 'real' : `real, ${speed} times as fast`
}
