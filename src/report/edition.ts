import type { Source } from '../spec/index.ts'
import type { Content } from './markup.ts'
import type { Judged, Verdict } from './verdict.ts'

/** What the reports of one command call things, and what they say of an item beyond what all items have. */
export interface Edition<Item extends Judged> {
  /** `phota-mock verify`. */
  readonly command: string
  /** What is judged, in the plural: `rules`. */
  readonly items: string
  /** In the order of the report, and what they are called. */
  readonly chapters: Readonly<Record<string, string>>
  /** How the verdicts are called. */
  readonly verdicts: Readonly<Record<Verdict, string>>
  /** What stands before the reason of an item that was skipped. */
  readonly skippedBecause: string
  /** `not tried`: what an item was that was skipped. */
  readonly notTried: string
  /** Where a promise comes from. */
  origin(item: Item, source: Source): string
  /** What an item was tried over; empty if there is nothing to say. */
  tried(item: Item): string
  /** What of an item that holds in part was not tried. */
  untried(item: Item): string
  /** How a breach is shown again, a command of one line; `null` if there is none. @param folder of the report */
  again(item: Item, folder: string | undefined): string | null
  /** Lines that the JUnit report adds to a broken item. */
  footnotes(item: Item): readonly string[]
  /** What is said of a broken item after its breaches, each with a label of at most 8 letters. */
  remarks(item: Item): readonly { readonly label: string; readonly text: string }[]
  /** What the HTML report says of an item between its breaches and its exchanges. */
  details(item: Item): Content
}
