import type { Edition } from '../report/edition.ts'
import type { Judged } from '../report/verdict.ts'
import { CHAPTERS, type Source } from '../spec/index.ts'

/** What a client does that breaks no rule, and is worth a word. Ids as those of `phota-mock grade`. */
export const HABITS: readonly { id: string; chapter: string; text: string; source: Source }[] = (
  [
    ['poll.ends', 'The client polls until the job has ended, and not after.'],
    ['poll.pace', 'The client polls no oftener than every second.'],
    ['poll.retry-after', 'The client waits as long as `Retry-After` says.'],
    ['submit.not-retried', 'The client does not repeat what was refused with 402 or 422.'],
    ['callback.acknowledged', 'The receiver answers callbacks 2xx within ten seconds.'],
    ['secret.key-at-home', 'The client sends the API key to no other host.'],
    ['secret.not-in-url', 'The client writes no key into a URL.'],
  ] as const
).map(([id, text]) => ({ id, chapter: 'habit', text, source: 'choice' }))

interface Explainable extends Judged {
  readonly untold: readonly { readonly expected: string; readonly seen: string }[]
}

const ORIGINS: Readonly<Record<Source, string>> = {
  guide: 'the API’s guide to asynchronous requests',
  reference: 'the API reference',
  choice: 'nobody: the API leaves it open',
}

/** What the reports of `explain` say in words of their own. */
export const edition: Edition<Explainable> = {
  command: 'phota-mock explain',
  items: 'rules',
  chapters: { ...CHAPTERS, habit: 'Habits of the client' },
  verdicts: {
    passed: 'kept',
    partial: 'kept, in part untold',
    failed: 'impossible',
    note: 'odd',
    skipped: 'not shown',
    error: 'error',
  },
  skippedBecause: 'cannot be told: ',
  notTried: 'not shown',
  origin: (_, source) => ORIGINS[source],
  tried: () => '',
  untried: ({ untold }) => `cannot be told: ${untold.map(({ expected, seen }) => `${expected} (${seen})`).join('; ')}`,
  again: () => null,
  footnotes: () => [],
  remarks: () => [],
  details: () => '',
}
