import { Argument, Command, InvalidArgumentError } from 'commander'
import { controlEnums } from '../../spec/control/index.ts'
import { parseDuration } from '../flags.ts'
import { open, remote } from '../remote.ts'
import { advanceText, clockLine } from '../text.ts'

/** `phota-mock clock …` */
export function clockCommand(): Command {
  const clock = remote(new Command('clock'))
    .description('Show the clock of a running server, or move it.')
    .addHelpText(
      'after',
      '\nExamples:\n  phota-mock clock advance 24h\n  phota-mock clock settle\n  phota-mock clock mode real --speed 60',
    )
    .action(async (_flags, command: Command) => {
      const { world, show } = await open(command)
      const state = await world.clock.read()
      show(state, clockLine)
    })
  clock.addCommand(
    remote(new Command('advance'))
      .description('Move it on; all that falls due happens, in order.')
      .addArgument(
        new Argument('<duration>', 'e.g. 90s, 24h, 1h30m').argParser((text) => parseDuration(text, 'advance')),
      )
      .action(async (byMs: number, _flags, command: Command) => {
        const { world, show } = await open(command)
        const result = await world.clock.advance(byMs)
        show(result, advanceText)
      }),
  )
  clock.addCommand(
    remote(new Command('set'))
      .description('Move it on to a moment.')
      .argument('<moment>', 'RFC 3339, e.g. 2026-06-23T12:00:00Z')
      .action(async (to: string, _flags, command: Command) => {
        const { world, show } = await open(command)
        const result = await world.clock.set(to)
        show(result, advanceText)
      }),
  )
  clock.addCommand(
    remote(new Command('settle'))
      .description('Move it on until no job, training or callback attempt is pending.')
      .action(async (_flags, command: Command) => {
        const { world, show } = await open(command)
        const result = await world.clock.settle()
        show(result, advanceText)
      }),
  )
  for (const [name, frozen, description] of [
    ['freeze', true, 'Stop a clock that moves by itself.'],
    ['resume', false, 'Let it go on from what it shows.'],
  ] as const) {
    clock.addCommand(
      remote(new Command(name))
        .description(description)
        .action(async (_flags, command: Command) => {
          const { world, show } = await open(command)
          const state = await world.clock.update({ frozen })
          show(state, clockLine)
        }),
    )
  }
  clock.addCommand(
    remote(new Command('mode'))
      .description('Change what moves it.')
      .addArgument(new Argument('<mode>').choices(controlEnums.ServerClockMode))
      .option('--speed <factor>', 'with real: World seconds in one second of the wall', speed)
      .action(async (mode: 'real' | 'auto' | 'manual', { speed }: { speed?: number }, command: Command) => {
        const { world, show } = await open(command)
        const state = await world.clock.update({ mode, ...(speed !== undefined && { speed }) })
        show(state, clockLine)
      }),
  )
  return clock
}

function speed(text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new InvalidArgumentError(`--speed expects a number above 0, received "${text}". Example: --speed 60`)
}
