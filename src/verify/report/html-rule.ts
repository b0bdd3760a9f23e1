import { sourceText } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import type { Breach } from '../verdict.ts'
import { linkTo, whole } from './html-exchange.ts'
import { type Content, html, type Markup, withCode } from './markup.ts'
import type { RuleResult } from './result.ts'
import { SYMBOLS } from './terminal.ts'
import { triedText, untriedText } from './tried.ts'

const NOTHING: Content = ''

/** One rule: its verdict and text, and everything on it when it is opened. */
export function rulePart(rule: RuleResult, exchanges: ReadonlyMap<number, ExchangeRecord>, isOpen: boolean): Markup {
  const mine = rule.exchanges.flatMap((id) => exchanges.get(id) ?? [])
  return html`<details class="rule ${rule.verdict}" id="${rule.id}"${isOpen ? html` open` : NOTHING}>
<summary>${headOf(rule)}</summary>
<div class="inside">${breachesPart(rule)}${triedPart(rule)}${againPart(rule)}${breachExchange(rule, mine)}
${exchangesPart(mine)}</div>
</details>`
}

function headOf(rule: RuleResult): Markup {
  const listed = rule.verdict === 'failed' ? '' : 'listed as '
  const known = rule.expectedToFail ? html` <small>${listed}known to fail</small>` : NOTHING
  const text = html`<code>${rule.id}</code>${known} <span class="text">${withCode(rule.text)}</span>`
  return html`<span class="mark">${SYMBOLS[rule.verdict]}</span><span>${text}${reasonPart(rule)}</span>`
}

function reasonPart({ verdict, reason, tried }: RuleResult): Content {
  if (reason !== null) {
    return html`<p class="reason">${verdict === 'skipped' ? 'skipped, because ' : ''}${reason}</p>`
  }
  return verdict === 'partial' ? html`<p class="reason">not tried: ${untriedText(tried)}</p>` : NOTHING
}

/** Grouped by source, because a clause of a rule may come from another source than the rule. */
function breachesPart({ source: ofRule, section, breaches }: RuleResult): Content {
  const from = (source: Breach['source']): Markup => html`<p class="source">From ${sourceText(source, section)}.</p>`
  if (breaches.length === 0) return from(ofRule)
  return [...Map.groupBy(breaches, ({ source }) => source)].map(
    ([source, mine]) => html`<div class="from ${source}">${from(source)}${mine.map(breachPart)}</div>`,
  )
}

function breachPart({ expected, seen, exchange }: Breach): Markup {
  const link = exchange === null ? NOTHING : html` <a href="#x${exchange}">exchange ${exchange}</a>`
  const wanted = html`<dt>expected</dt><dd>${withCode(expected)}</dd>`
  return html`<dl class="breach">${wanted}<dt>seen</dt><dd class="seen">${seen}${link}</dd></dl>`
}

function triedPart({ tried }: RuleResult): Content {
  if (tried.length === 0) return NOTHING
  const rows = tried.map((one) => html`<li>${triedText([one])} <small>${one.values.join(', ')}</small></li>`)
  const untried = tried.some(({ missing }) => missing.length > 0)
    ? html`<li>not tried: ${untriedText(tried)}</li>`
    : NOTHING
  return html`<p class="label">tried over</p><ul class="tried">${rows}${untried}</ul>`
}

function againPart({ again, curl }: RuleResult): Content {
  const lines = [...(again === null ? [] : [`sh ${again}`]), ...(curl === null ? [] : [curl])]
  if (lines.length === 0) return NOTHING
  return html`<p class="label">is it still so?</p>${lines.map((line) => html`<pre class="curl">${line}</pre>`)}`
}

/** The exchange that shows the breach, in full; the others are one click away. */
function breachExchange({ breaches }: RuleResult, mine: readonly ExchangeRecord[]): Content {
  const shown = breaches.find(({ exchange }) => exchange !== null)?.exchange
  const first = mine.find(({ id }) => id === shown)
  return first ? html`<p class="label">exchange ${first.id}</p>${whole(first)}` : NOTHING
}

const SHOWN_LINES = 6

function exchangesPart(mine: readonly ExchangeRecord[]): Content {
  if (mine.length === 0) return NOTHING
  const all = html`<div class="lines">${mine.map(linkTo)}</div>`
  const title = mine.length === 1 ? 'the exchange that it looked at' : `all ${mine.length} exchanges that it looked at`
  if (mine.length > SHOWN_LINES) {
    return html`<details class="many"><summary class="label">${title}</summary>${all}</details>`
  }
  return html`<p class="label">${title}</p>${all}`
}
