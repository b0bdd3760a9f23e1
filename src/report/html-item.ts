import type { Edition } from './edition.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { linkTo, whole } from './html-exchange.ts'
import { type Content, html, type Markup, withCode } from './markup.ts'
import { type Breach, type Judged, SYMBOLS } from './verdict.ts'

const NOTHING: Content = ''

/** One item: its verdict and text, and everything on it when it is opened. */
export function itemPart<Item extends Judged>(
  item: Item,
  edition: Edition<Item>,
  exchanges: ReadonlyMap<number, ExchangeRecord>,
  isOpen: boolean,
): Markup {
  const mine = item.exchanges.flatMap((id) => exchanges.get(id) ?? [])
  return html`<details class="rule ${item.verdict}" id="${item.id}"${isOpen ? html` open` : NOTHING}>
<summary>${headOf(item, edition)}</summary>
<div class="inside">${breachesPart(item, edition)}${edition.details(item)}${breachExchange(item, mine)}
${exchangesPart(mine)}</div>
</details>`
}

function headOf<Item extends Judged>(item: Item, edition: Edition<Item>): Markup {
  const listed = item.verdict === 'failed' ? '' : 'listed as '
  const known = item.expectedToFail ? html` <small>${listed}known to fail</small>` : NOTHING
  const text = html`<code>${item.id}</code>${known} <span class="text">${withCode(item.text)}</span>`
  return html`<span class="mark">${SYMBOLS[item.verdict]}</span><span>${text}${reasonPart(item, edition)}</span>`
}

function reasonPart<Item extends Judged>(item: Item, edition: Edition<Item>): Content {
  if (item.verdict === 'partial') return html`<p class="reason">${edition.untried(item)}</p>`
  if (item.reason === null) return NOTHING
  return html`<p class="reason">${item.verdict === 'skipped' ? edition.skippedBecause : ''}${item.reason}</p>`
}

/** Grouped by source, because a clause of a rule may come from another source than the rule. */
function breachesPart<Item extends Judged>(item: Item, edition: Edition<Item>): Content {
  const from = (source: Breach['source']): Markup => html`<p class="source">From ${edition.origin(item, source)}.</p>`
  if (item.breaches.length === 0) return from(item.source)
  return [...Map.groupBy(item.breaches, ({ source }) => source)].map(
    ([source, mine]) => html`<div class="from ${source}">${from(source)}${mine.map(breachPart)}</div>`,
  )
}

function breachPart({ expected, seen, exchange }: Breach): Markup {
  const link = exchange === null ? NOTHING : html` <a href="#x${exchange}">exchange ${exchange}</a>`
  const wanted = html`<dt>expected</dt><dd>${withCode(expected)}</dd>`
  return html`<dl class="breach">${wanted}<dt>seen</dt><dd class="seen">${seen}${link}</dd></dl>`
}

/** The exchange that shows the breach, in full; the others are one click away. */
function breachExchange({ breaches }: Judged, mine: readonly ExchangeRecord[]): Content {
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
