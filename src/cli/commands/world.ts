import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { WorldControl } from '../../control/control.ts'
import { SHIPPED } from '../../phota/shipped-fixtures.ts'
import type { ControlWorld, NewAccount, NewWorld } from '../../spec/control/index.ts'
import { controlEnums } from '../../spec/control/index.ts'
import { printable } from '../../text/printable.ts'
import { open, type Remote, remote } from '../remote.ts'
import { worldText } from '../text.ts'
import { dollars } from './deposit.ts'
import { restoreCommand, snapshotCommand } from './snapshots.ts'

interface NewFlags {
  seed?: string
  start?: string
  clock?: 'real' | 'auto' | 'manual'
  fixture?: NewWorld['fixture']
  account: NewAccount[]
}

/** `phota-mock world …` */
export function worldCommand(): Command {
  const world = new Command('world')
    .description('Make, look at, put back and remove the Worlds of a running server.')
    .addHelpText(
      'after',
      '\nExamples:\n  phota-mock world new --clock manual --account carol:5.00\n' +
        '  phota-mock world snapshot before.json\n  phota-mock world restore before.json',
    )
  world.addCommand(
    remote(new Command('new'))
      .description('Make one, and print its keys.')
      .argument('[id]', 'letters, digits and dashes; the first of w1, w2 … that is free if left out')
      .option('--seed <text>', 'same seed, same requests: same bytes')
      .option('--start <moment>', 'what its clock shows at first, RFC 3339')
      .addOption(new Option('--clock <mode>', 'what moves it').choices(controlEnums.ServerClockMode))
      .addOption(new Option('--fixture <name>', 'a World to begin with').choices(Object.keys(SHIPPED)))
      .addOption(
        new Option('--account <id[:dollars]>', 'an account, and what is on it; repeatable')
          .default([])
          .argParser(account),
      )
      .action(async (id: string | undefined, flags: NewFlags, command: Command) => {
        const { levers, show } = await open(command)
        const { seed, start, clock, fixture, account: accounts } = flags
        const made = await levers.worlds.create({
          ...(id !== undefined && { id }),
          ...(seed !== undefined && { seed }),
          ...(start !== undefined && { start }),
          ...(clock !== undefined && { clock: { mode: clock } }),
          ...(fixture !== undefined && { fixture }),
          ...(accounts.length > 0
            ? { accounts }
            : fixture === undefined && { accounts: [{ id: 'alice', deposit: '1000' }] }),
        })
        const world = await made.describe()
        show(world, worldText)
      }),
  )
  world.addCommand(
    remote(new Command('list'))
      .description('List them.')
      .action(async (_flags, command: Command) => {
        const { levers, show } = await open(command)
        const worlds = await levers.worlds.list()
        show(worlds, (all) => all.map(worldText).join('\n\n'))
      }),
  )
  world.addCommand(about('show', 'Show one.', (one) => one.describe()))
  world.addCommand(about('reset', 'Begin it anew, as it was when it was made.', (one) => one.reset()))
  world.addCommand(
    remote(new Command('remove'))
      .description('Remove it.')
      .argument('<id>')
      .action(async (id: string, _flags, command: Command) => {
        const { levers, show } = await open(command)
        await levers.worlds.get(id).remove()
        show(null, () => `World ${printable(id)} is removed`)
      }),
  )
  world.addCommand(snapshotCommand())
  world.addCommand(restoreCommand())
  return world
}

function about(name: string, description: string, act: (world: WorldControl) => Promise<ControlWorld>): Command {
  return remote(new Command(name))
    .description(description)
    .addArgument(new Argument('[id]', 'its id; --world, or default, if left out'))
    .action(async (id: string | undefined, _flags, command: Command) => {
      const { levers, world, show }: Remote = await open(command)
      const answer = await act(id === undefined ? world : levers.worlds.get(id))
      show(answer, worldText)
    })
}

function account(text: string, before: NewAccount[]): NewAccount[] {
  const [, id, amount] = /^([^:]+)(?::(.+))?$/.exec(text) ?? []
  if (id === undefined)
    throw new InvalidArgumentError(`--account expects an id, received "${text}". Example: --account carol:5.00`)
  return [...before, { id, ...(amount !== undefined && { deposit: dollars(amount) }) }]
}
