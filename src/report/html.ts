import { createHash } from 'node:crypto'
import type { Edition } from './edition.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { appendix } from './html-exchange.ts'
import { itemPart } from './html-item.ts'
import { type Content, html, joined, Markup } from './markup.ts'
import type { Outcome } from './outcome.ts'
import { STYLE } from './page-style.ts'
import { type Judged, SYMBOLS, VERDICTS, type Verdict } from './verdict.ts'

/** What a run has shown, as the HTML report takes it. */
export interface HtmlText<Item extends Judged> extends Outcome {
  /** What was judged, for the title of the window. */
  readonly title: string
  readonly heading: string
  readonly facts: readonly string[]
  readonly items: readonly Item[]
  readonly exchanges: readonly ExchangeRecord[]
  /** What the items are of. */
  readonly footer: string
}

/** Opens the closed part that a link leads to. */
const SCRIPT = `const show = () => {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (at && at.tagName === 'DETAILS') {
    at.open = true
    at.scrollIntoView()
  }
}
addEventListener('hashchange', show)
show()`

/** `report.html`: one file that requests nothing. */
export function htmlReport<Item extends Judged>(text: HtmlText<Item>, edition: Edition<Item>): string {
  return html`<!doctype html>
<html lang="en">
${headOf(text, edition.command)}
<body>
${headerOf(text, edition)}
${mainOf(text, edition)}
<footer>${text.footer} Keys, secrets and URL tokens are redacted. The same as data: result.json.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.source
}

function outcomeOf({ exitCode }: Outcome): 'passed' | 'failed' | 'error' {
  return (['passed', 'failed', 'error'] as const)[exitCode]
}

function headOf(text: HtmlText<Judged>, command: string): Markup {
  const digest = createHash('sha256').update(SCRIPT).digest('base64')
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${digest}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]
  return html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<title>${SYMBOLS[outcomeOf(text)]} ${text.title} · ${command}</title>
<style>${new Markup(STYLE)}</style>
</head>`
}

function headerOf<Item extends Judged>(text: HtmlText<Item>, edition: Edition<Item>): Markup {
  const { heading, facts, counts, problems, summary } = text
  return html`<header class="${outcomeOf(text)}">
<p class="kind">${edition.command}</p>
<h1>${heading}</h1>
<p class="summary">${summary}</p>
<p class="counts">${VERDICTS.map((verdict) => countOf(verdict, counts[verdict], edition))}</p>
<p class="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
${joined(
  problems.map((problem) => html`<p class="problem">! ${problem}</p>`),
  '\n',
)}
</header>`
}

function countOf<Item extends Judged>(verdict: Verdict, count: number, { items, verdicts }: Edition<Item>): Markup {
  const isListed = verdict === 'passed' || verdict === 'skipped'
  const none = count === 0 ? ' none' : ''
  const place = isListed ? items : verdict
  return html`<a class="${verdict}${none}" href="#${place}"><b>${count}</b> ${verdicts[verdict]}</a>`
}

function mainOf<Item extends Judged>({ items, exchanges: all }: HtmlText<Item>, edition: Edition<Item>): Markup {
  const exchanges = new Map(all.map((exchange) => [exchange.id, exchange]))
  const partOf = (item: Item, isOpen: boolean): Markup => itemPart(item, edition, exchanges, isOpen)
  const parts = Object.entries(edition.chapters).map(([chapter, title]) =>
    chapterPart(
      title,
      items.filter((item) => item.chapter === chapter),
      partOf,
    ),
  )
  return html`<main>
${attention(items, partOf)}
<div id="${edition.items}">${joined(parts, '\n')}</div>
${appendix(all)}
</main>`
}

type PartOf<Item> = (item: Item, isOpen: boolean) => Markup

/** What does not hold, ahead of the chapters; the most serious is open. */
function attention<Item extends Judged>(items: readonly Item[], partOf: PartOf<Item>): Markup {
  const of = (verdict: Verdict): Item[] => items.filter((item) => item.verdict === verdict)
  const section = (id: string, title: string, mine: readonly Item[], isOpen = true): Markup => {
    if (mine.length === 0) return html`<a id="${id}"></a>`
    const parts = mine.map((item) => partOf(item, isOpen))
    return html`<section id="${id}"><h2>${title} <small>${mine.length}</small></h2>${joined(parts, '\n')}</section>`
  }
  const { known = [], fresh = [] } = Object.groupBy(of('failed'), ({ expectedToFail }) =>
    expectedToFail ? 'known' : 'fresh',
  )
  const sections = [
    section('failed', known.length > 0 ? 'Broken (new)' : 'Broken', fresh),
    section('known', 'Broken, and known', known, false),
    section('error', 'Could not be judged', of('error')),
    section('partial', 'Holds in part', of('partial'), false),
    section('note', 'Different, where the API leaves it open', of('note'), false),
  ]
  return joined(sections, '\n')
}

/** A chapter's items, without those that are listed above. */
function chapterPart<Item extends Judged>(title: string, mine: readonly Item[], partOf: PartOf<Item>): Markup {
  const here = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'skipped')
  const above = mine.filter((item) => !here.includes(item))
  const held = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'partial')
  const head = html`<h2>${title} <small>${held.length} of ${mine.length}</small></h2>`
  const parts = here.map((item) => partOf(item, false))
  return html`<section>${head}${linksTo(above)}${joined(parts, '\n')}</section>`
}

function linksTo(items: readonly Judged[]): Content {
  if (items.length === 0) return ''
  const links = items.map(({ id, verdict }) => html`<a class="${verdict}" href="#${id}">${SYMBOLS[verdict]} ${id}</a>`)
  return html`<p class="above">Above: ${joined(links, ' ')}</p>`
}
