import { createHash } from 'node:crypto'
import { chapters } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import { VERDICTS, type Verdict } from '../verdict.ts'
import { appendix } from './html-exchange.ts'
import { rulePart } from './html-rule.ts'
import { type Content, html, joined, Markup } from './markup.ts'
import { STYLE } from './page-style.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { SYMBOLS, spendText } from './terminal.ts'

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
export function htmlReport(result: VerifyResult): string {
  return html`<!doctype html>
<html lang="en">
${headOf(result)}
<body>
${headerOf(result)}
${mainOf(result)}
${footerOf(result)}
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.source
}

function outcomeOf({ exitCode }: VerifyResult): 'passed' | 'failed' | 'error' {
  return (['passed', 'failed', 'error'] as const)[exitCode]
}

function headOf(result: VerifyResult): Markup {
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
<title>${SYMBOLS[outcomeOf(result)]} ${result.target.url} · phota-mock verify</title>
<style>${new Markup(STYLE)}</style>
</head>`
}

function headerOf(result: VerifyResult): Markup {
  const { target, counts, problems } = result
  return html`<header class="${outcomeOf(result)}">
<p class="kind">phota-mock verify</p>
<h1>${target.base ?? target.url}</h1>
<p class="summary">${result.summary}</p>
<p class="counts">${VERDICTS.map((verdict) => countOf(verdict, counts))}</p>
<p class="facts">${factsOf(result).map((fact) => html`<span>${fact}</span>`)}</p>
${joined(
  problems.map((problem) => html`<p class="problem">! ${problem}</p>`),
  '\n',
)}
</header>`
}

function countOf(verdict: Verdict, counts: VerifyResult['counts']): Markup {
  const isListed = verdict === 'passed' || verdict === 'skipped'
  const none = counts[verdict] === 0 ? ' none' : ''
  const place = isListed ? 'rules' : verdict
  return html`<a class="${verdict}${none}" href="#${place}"><b>${counts[verdict]}</b> ${verdict}</a>`
}

function factsOf({ target, spend, deferred, durationMs, startedAt }: VerifyResult): string[] {
  return [
    target.control === null ? 'without a control API' : `control API ${target.control}`,
    target.receiver === null ? 'no callbacks received' : `callbacks to ${target.receiver}`,
    spendText(spend),
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')} to be seen from ${deferred.dueAt} on`]),
    `${(durationMs / 1000).toFixed(1)} s`,
    startedAt,
  ]
}

function mainOf({ rules, exchanges: all }: VerifyResult): Markup {
  const exchanges = new Map(all.map((exchange) => [exchange.id, exchange]))
  const parts = Object.keys(chapters).map((chapter) => chapterPart(chapter, rules, exchanges))
  return html`<main>
${attention(rules, exchanges)}
<div id="rules">${joined(parts, '\n')}</div>
${appendix(all)}
</main>`
}

/** Rules that do not hold, ahead of the chapters; the most serious ones are open. */
function attention(rules: readonly RuleResult[], exchanges: ReadonlyMap<number, ExchangeRecord>): Markup {
  const of = (verdict: Verdict): RuleResult[] => rules.filter((rule) => rule.verdict === verdict)
  const section = (id: string, title: string, mine: readonly RuleResult[], isOpen = true): Markup => {
    if (mine.length === 0) return html`<a id="${id}"></a>`
    const parts = mine.map((rule) => rulePart(rule, exchanges, isOpen))
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

/** A chapter's rules, without those that are listed above. */
function chapterPart(
  chapter: string,
  rules: readonly RuleResult[],
  exchanges: ReadonlyMap<number, ExchangeRecord>,
): Markup {
  const mine = rules.filter((rule) => rule.chapter === chapter)
  const here = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'skipped')
  const above = mine.filter((rule) => !here.includes(rule))
  const held = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'partial')
  const title = html`<h2>${chapters[chapter] ?? chapter} <small>${held.length} of ${mine.length}</small></h2>`
  const parts = here.map((rule) => rulePart(rule, exchanges, false))
  return html`<section>${title}${linksTo(above)}${joined(parts, '\n')}</section>`
}

function footerOf({ apiVersion }: VerifyResult): Markup {
  const rules = `The rules are those of API version ${apiVersion}.`
  return html`<footer>${rules} Keys, secrets and URL tokens are redacted. The same as data: result.json.</footer>`
}

function linksTo(rules: readonly RuleResult[]): Content {
  if (rules.length === 0) return ''
  const links = rules.map(({ id, verdict }) => html`<a class="${verdict}" href="#${id}">${SYMBOLS[verdict]} ${id}</a>`)
  return html`<p class="above">Above: ${joined(links, ' ')}</p>`
}
