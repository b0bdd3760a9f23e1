import type { Edition } from '../report/edition.ts'
import { html } from '../report/markup.ts'
import { chapters } from './habits.ts'
import type { HabitResult } from './result.ts'

/** What the reports of `grade` say in words of their own. */
export const edition: Edition<HabitResult> = {
  command: 'phota-mock grade',
  items: 'habits',
  chapters,
  verdicts: {
    passed: 'hold',
    partial: 'in part',
    failed: 'broken',
    note: 'note',
    skipped: 'not applicable',
    error: 'could not judge',
  },
  skippedBecause: 'not applicable, because ',
  notTried: 'not applicable',
  origin: ({ guide }) => `the API’s guide: “${guide}”`,
  tried: () => '',
  untried: ({ reason }) => `holds ${reason ?? ''}`,
  again: () => null,
  footnotes: ({ why, mend }) => [why, mend],
  remarks: ({ why, mend }) => [
    { label: 'costs', text: why },
    { label: 'mend', text: mend },
  ],
  details: ({ why, mend }) =>
    html`<p class="label">what it costs</p><p>${why}</p><p class="label">how to mend it</p><p>${mend}</p>`,
}
