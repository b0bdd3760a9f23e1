import { Argument, Command } from 'commander'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** Each script asks `phota-mock complete` for candidates, so that it always fits the installed version. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_phota_mock() {
  local IFS=$'\\n'
  local words="$(phota-mock complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _phota_mock phota-mock`,
  zsh: `_phota_mock() {
  local -a candidates
  candidates=("\${(@f)$(phota-mock complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _phota_mock phota-mock`,
  fish: `complete -c phota-mock -f -a '(phota-mock complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
}

/** `phota-mock completion` */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script that completes phota-mock in a shell.')
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .addHelpText(
      'after',
      `
Install it:
  bash  echo 'source <(phota-mock completion bash)' >> ~/.bashrc
  zsh   echo 'source <(phota-mock completion zsh)' >> ~/.zshrc
  fish  phota-mock completion fish > ~/.config/fish/completions/phota-mock.fish`,
    )
    .action((shell: Shell) => console.log(SCRIPTS[shell]))
}

/** `phota-mock complete`, which the scripts ask. @param program whose commands are completed */
export function completeCommand(program: Command): Command {
  return new Command('complete')
    .description('Print what could stand last on a command line.')
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) => console.log(candidates(program, words).join('\n')))
}

/**
 * The candidates for the last word.
 *
 * @param words what follows `phota-mock` on the line; the last one may be begun, or empty
 */
export function candidates(program: Command, words: readonly string[]): string[] {
  const begun = words.at(-1) ?? ''
  let command = program
  let values: readonly string[] | null = null
  let argumentsGiven = 0
  for (const word of words.slice(0, -1)) {
    // The value of the option before it.
    if (values !== null) {
      values = null
      continue
    }
    const option = command.options.find(({ long, short }) => word === long || word === short)
    if (option && (option.required || option.optional)) values = option.argChoices ?? []
    if (word.startsWith('-')) continue
    const next = command.commands.find((one) => one.name() === word)
    if (next) command = next
    else argumentsGiven++
  }
  if (values !== null) return startingWith(begun, values)
  if (begun.startsWith('-')) {
    const flags = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? [])
    return startingWith(begun, [...flags, '--help'])
  }
  const argument = command.registeredArguments[argumentsGiven]
  const names = command.commands.filter((one) => one.name() !== 'complete').map((one) => one.name())
  return startingWith(begun, [...(argumentsGiven === 0 ? names : []), ...(argument?.argChoices ?? [])])
}

function startingWith(begun: string, words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith(begun))
}
