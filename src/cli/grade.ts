import { Command } from 'commander'
import { type GradeFlags, gradeOptions } from './grade-options.ts'

/** `phota-mock grade -- COMMAND`. */
export function gradeCommand(): Command {
  const command = new Command('grade')
    .description('Run a client in every situation that the API allows, and say habit by habit what costs money.')
    .argument('[command...]', 'the client, with its arguments; after --')
    .passThroughOptions()
  for (const option of gradeOptions()) command.addOption(option)
  return command.addHelpText('after', HELP).action(grade)
}

const HELP = `
The command finds the API in PHOTA_BASE_URL, PHOTA_API_KEY, PHOTA_WEBHOOK_SECRET and PHOTA_CONTROL_URL; calls of
https://api.photalabs.com are answered by the same server. It does its ordinary work in every round, and ends with exit
code 0 if it got all its pictures, with another if it did not. PHOTA_ROUND names the round.

Exit: 0 nothing broken, 1 something broken, 2 could not judge.

Examples:
  phota-mock grade -- python3 make_pictures.py
  phota-mock grade --report out -- npm test
  phota-mock grade --receiver 'http://127.0.0.1:{port}/callback' -- node client.js   # listens at PHOTA_RECEIVER_PORT
  phota-mock grade --only submit,secret --serial -- java -jar client.jar`

async function grade(command: string[], flags: GradeFlags): Promise<void> {
  // Loaded only here, so that the other commands, `--help` and usage errors are quick.
  const { runGrade } = await import('./run-grade.ts')
  await runGrade(command, flags)
}
