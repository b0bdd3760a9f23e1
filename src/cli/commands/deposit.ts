import { Argument, Command, InvalidArgumentError } from 'commander'
import { open, remote } from '../remote.ts'
import { accountLine } from '../text.ts'

/** `phota-mock deposit` */
export function depositCommand(): Command {
  return remote(new Command('deposit'))
    .description('Add money to an account of a running server.')
    .argument('<account>', 'its id, e.g. broke')
    .addArgument(new Argument('<dollars>', 'e.g. 5.00').argParser(dollars))
    .action(async (id: string, amount: string, _flags, command: Command) => {
      const { world, show } = await open(command)
      const account = await world.accounts.deposit(id, amount)
      show(account, accountLine)
    })
}

export function dollars(text: string): string {
  const [, amount] = /^\$?(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (amount !== undefined) return amount
  throw new InvalidArgumentError(`expects dollars, received "${text}". Example: 5.00`)
}
