/** The run cannot be made as it was asked for; the message says what was wrong, where, and what would be right. */
export class UsageProblem extends Error {
  override readonly name: string = 'UsageProblem'
}
