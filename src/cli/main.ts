import { Command, CommanderError } from 'commander'
import { ControlFailure } from '../control/control-failure.ts'
import { MisuseError } from '../engine/misuse-error.ts'
import { suggestion } from '../engine/nearest.ts'
import { version } from '../spec/version.ts'
import { printable } from '../text/printable.ts'
import { checkCommand } from './commands/check.ts'
import { clockCommand } from './commands/clock.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { deliveriesCommand, resendCommand } from './commands/deliveries.ts'
import { depositCommand } from './commands/deposit.ts'
import { jobsCommand } from './commands/jobs.ts'
import { listenCommand } from './commands/listen.ts'
import { restoreCommand, snapshotCommand } from './commands/snapshots.ts'
import { triggerCommand } from './commands/trigger.ts'
import { waitCommand } from './commands/wait.ts'
import { worldCommand } from './commands/world.ts'
import { explainCommand } from './explain.ts'
import { gradeCommand } from './grade.ts'
import { proxyCommand } from './proxy.ts'
import { runCommand } from './run.ts'
import { serveCommand } from './serve.ts'
import { verifyCommand } from './verify.ts'

// An empty environment variable counts as unset: `PHOTA_MOCK_HOST= …`, or an unset variable in a compose file.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('PHOTA_') && process.env[name]?.trim() === '') delete process.env[name]
}

// A reader that closes the pipe (`serve | head -1`) must not end the server.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const program = new Command('phota-mock')
  .enablePositionalOptions()
  .description(
    'A local twin of the Phota image API, for tests: asynchronous jobs, callbacks and billing on a clock you move.',
  )
  .version(version)
  // The options of the command that `run` starts are its own.
  .enablePositionalOptions()
  .addCommand(serveCommand())
  .addCommand(runCommand())
  .addCommand(verifyCommand())
  .addCommand(gradeCommand())
  .addCommand(explainCommand())
  .addCommand(proxyCommand())
  .addCommand(checkCommand())
  .commandsGroup('Commands for a running server:')
  .addCommand(waitCommand())
  .addCommand(clockCommand())
  .addCommand(jobsCommand())
  .addCommand(deliveriesCommand())
  .addCommand(depositCommand())
  .addCommand(worldCommand())
  .addCommand(snapshotCommand())
  .addCommand(restoreCommand())
  .addCommand(triggerCommand())
  .addCommand(listenCommand())
  .addCommand(resendCommand())
  .commandsGroup('Your shell:')
  .addCommand(completionCommand())
  .showHelpAfterError('(see --help)')
program.addCommand(completeCommand(program), { hidden: true })

for (const command of allOf(program)) {
  command.exitOverride()
  // A misspelt subcommand is one argument too many to commander, if its parent does something by itself too.
  if (command.commands.length > 0) command.allowExcessArguments().hook('preAction', refuseUnknown)
}
try {
  await program.parseAsync()
} catch (error) {
  // Commander has already printed the error or the help.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  // Expected errors are printed as a sentence. Anything else is a bug of ours, and keeps its stack trace.
  if (!(error instanceof MisuseError || error instanceof ControlFailure)) throw error
  const isNobodyThere = error instanceof ControlFailure && error.status === null && /ECONNREFUSED/.test(error.message)
  console.error(
    `phota-mock: ${printable(error.message)}${isNobodyThere ? '. Is it running? phota-mock serve starts one.' : ''}`,
  )
  process.exitCode = error instanceof MisuseError ? 2 : 1
}

function refuseUnknown(parent: Command, action: Command): void {
  const [unknown] = action.args
  if (action !== parent || unknown === undefined) return
  const names = parent.commands.map((each) => each.name())
  parent.error(
    `error: unknown command '${unknown}' of ${parent.name()}; expects ` +
      `${names.join(', ')}.${suggestion(unknown, names)}`,
  )
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}
