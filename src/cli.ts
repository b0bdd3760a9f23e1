#!/usr/bin/env node
import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { serveCommand } from './cli/serve.ts'
import { MisuseError } from './engine/misuse-error.ts'

const program = new Command('phota-mock')
  .description(
    'A local twin of the Phota image API, for tests: asynchronous jobs, callbacks and billing on a clock you move.',
  )
  .version(packageJson.version)
  .addCommand(serveCommand())
  .showHelpAfterError('(see --help)')

try {
  await program.parseAsync()
} catch (error) {
  // People get the sentence; a stack trace only for a bug of ours.
  if (!(error instanceof MisuseError)) throw error
  console.error(`phota-mock: ${error.message}`)
  process.exitCode = 2
}
