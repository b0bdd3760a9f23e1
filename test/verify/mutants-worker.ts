// A child process of `npm run verify:mutants`: tries each mutant that it is sent, and sends back what came of it.
import type { VerifyOptions } from '../../src/verify/settings.ts'
import { type Mutant, type Outcome, tryMutant } from './mutant.ts'

export interface Order {
  readonly mutant: Mutant
  readonly options: Partial<VerifyOptions>
  /** Chooses the fortieth of unrelated rules that is tried; all if left out. */
  readonly seed?: number
}

export interface Report extends Outcome {
  readonly mutant: Mutant
}

process.on('message', async ({ mutant, options, seed }: Order) => {
  const outcome = await tryMutant(mutant, options, seed).catch((error: Error) => ({
    named: [],
    wrong: [String(error.stack)],
  }))
  process.send?.({ mutant, ...outcome } satisfies Report)
})
// The end of the parent is the end of this.
process.on('disconnect', () => process.exit())
