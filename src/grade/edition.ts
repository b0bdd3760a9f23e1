import type { Edition } from '../report/edition.ts'
import { html, withCode } from '../report/markup.ts'
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
    skipped: 'skipped',
    error: 'could not judge',
  },
  skippedBecause: 'skipped, because ',
  notTried: 'not tried',
  origin: ({ guide }) => `the API’s guide: “${guide.replace(/\.$/, '')}”`,
  tried: () => '',
  untried: ({ reason }) => `holds ${reason ?? ''}`,
  again: () => null,
  footnotes: ({ why, mend }) => [why, mend],
  remarks: ({ why, mend }) => [
    { label: 'costs', text: why },
    { label: 'mend', text: mend },
  ],
  details: ({ why, mend }) =>
    html`<dl class="breach"><dt>costs</dt><dd>${withCode(why)}</dd><dt>mend</dt><dd>${withCode(mend)}</dd></dl>`,
}
