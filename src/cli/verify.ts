import { Command } from 'commander'
import { type VerifyFlags, verifyOptions } from './verify-options.ts'

/** `phota-mock verify URL`. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Hold any implementation of the API against its contract, and say rule by rule what it breaks.')
    .argument('[url]', 'the implementation: its origin, or the base of its paths')
  for (const option of verifyOptions()) command.addOption(option)
  return command.addHelpText('after', HELP).action(verify)
}

const HELP = `
Durations: 250ms, 2s, 1h30m, 24h. Exit: 0 nothing broken, 1 something broken, 2 could not judge.

Examples:
  phota-mock verify http://127.0.0.1:4010                                  # a phota-mock: everything, in seconds
  phota-mock verify http://127.0.0.1:8000 --key K --other-key L --report out
  phota-mock verify https://api.photalabs.com --key K --plan               # what would it cost?
  phota-mock verify https://api.photalabs.com --key K --max-spend 5 \\
    --receiver 0.0.0.0:9000 --public-url https://me.example`

async function verify(url: string | undefined, flags: VerifyFlags): Promise<void> {
  // Loaded only here, so that the other commands, `--help` and usage errors are quick.
  const { runVerify } = await import('./run-verify.ts')
  await runVerify(url, flags)
}
