#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { serveCommand } from './cli/serve.ts'
import { verifyCommand } from './cli/verify.ts'

// By our own name, because source and build lie at different depths.
const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('phota-mock/package.json')), 'utf8')) as {
  version: string
}

import { MisuseError } from './engine/misuse-error.ts'

// What is set to nothing, as by `PHOTA_MOCK_HOST= …` or an unset variable of a compose file, is not set.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('PHOTA_') && process.env[name]?.trim() === '') delete process.env[name]
}

const program = new Command('phota-mock')
  .description(
    'A local twin of the Phota image API, for tests: asynchronous jobs, callbacks and billing on a clock you move.',
  )
  .version(version)
  .addCommand(serveCommand())
  .addCommand(verifyCommand())
  .showHelpAfterError('(see --help)')

for (const command of [program, ...program.commands]) command.exitOverride()
try {
  await program.parseAsync()
} catch (error) {
  // Commander has said what was wrong with the usage, or has helped.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  // People get the sentence; a stack trace only for a bug of ours.
  if (!(error instanceof MisuseError)) throw error
  console.error(`phota-mock: ${error.message}`)
  process.exitCode = 2
}
