import { Command } from 'commander'
import { judgeOptions } from './explain-options.ts'
import { type ProxyFlags, proxyOptions } from './proxy-options.ts'

const HELP = `
It never answers by itself: where the implementation gives no answer, and where the limit would be passed, the
connection of the client is closed. Ends on Ctrl-C. Exit: 0 nothing impossible, 1 something, 2 could not start.

Examples:
  phota-mock proxy https://api.photalabs.com --har recording.har --spend-limit 2.00
  PHOTA_BASE_URL=http://127.0.0.1:4011/v1/phota npm run my-app
  phota-mock proxy http://127.0.0.1:3000 --port 4012 --har callbacks.har   # before a callback receiver`

/** `phota-mock proxy URL` */
export function proxyCommand(): Command {
  const command = new Command('proxy')
    .description('Stand between an application and an implementation: pass everything on, judge and record it.')
    .argument('<url>', 'the implementation, the real one included')
  for (const option of [...proxyOptions(), ...judgeOptions()]) command.addOption(option)
  return command.addHelpText('after', HELP).action(async (url: string, flags: ProxyFlags) => {
    // Loaded only here, so that the other commands are quick.
    const { runProxy } = await import('./run-proxy.ts')
    await runProxy(url, flags)
  })
}
