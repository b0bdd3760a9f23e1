import { join } from 'node:path'
import type { Edition } from '../../report/edition.ts'
import { type Content, html } from '../../report/markup.ts'
import { chapters, sourceText } from '../criteria.ts'
import type { RuleResult } from './result.ts'
import { quotedPath } from './shell.ts'
import { triedText, untriedText } from './tried.ts'

/** What the reports of `verify` say in words of their own. */
export const edition: Edition<RuleResult> = {
  command: 'phota-mock verify',
  items: 'rules',
  chapters,
  verdicts: {
    passed: 'passed',
    partial: 'partial',
    failed: 'failed',
    note: 'note',
    skipped: 'skipped',
    error: 'error',
  },
  skippedBecause: 'skipped, because ',
  notTried: 'not tried',
  origin: ({ section }, source) => sourceText(source, section),
  tried: ({ tried }) => triedText(tried),
  untried: ({ tried }) => `not tried: ${untriedText(tried)}`,
  again: ({ again, curl }, folder) => {
    if (again === null) return null
    if (folder !== undefined) return `sh ${quotedPath(join(folder, again))}`
    return curl ?? 'with --report FOLDER a script that shows it is left there'
  },
  footnotes: ({ again, curl }) => [again, curl].filter((each) => each !== null),
  remarks: () => [],
  details: (rule) => [triedPart(rule), againPart(rule)],
}

function triedPart({ tried }: RuleResult): Content {
  if (tried.length === 0) return ''
  const rows = tried.map((one) => html`<li>${triedText([one])} <small>${one.values.join(', ')}</small></li>`)
  const untried = tried.some(({ missing }) => missing.length > 0) ? html`<li>not tried: ${untriedText(tried)}</li>` : ''
  return html`<p class="label">tried over</p><ul class="tried">${rows}${untried}</ul>`
}

function againPart({ again, curl }: RuleResult): Content {
  const lines = [...(again === null ? [] : [`sh ${again}`]), ...(curl === null ? [] : [curl])]
  if (lines.length === 0) return ''
  return html`<p class="label">is it still so?</p>${lines.map((line) => html`<pre class="curl">${line}</pre>`)}`
}
