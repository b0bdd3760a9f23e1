import { createHash } from 'node:crypto'
import { visible } from '../../text/printable.ts'
import { chapters, sourceText } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import { type Breach, VERDICTS, type Verdict } from '../verdict.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { SYMBOLS, spendText } from './terminal.ts'
import { triedText, untriedText } from './tried.ts'

/** `report.html`: one file, no requests; its little script only opens what a link leads to. */
export function htmlReport(result: VerifyResult): string {
  const { target, counts, rules, durationMs } = result
  const exchanges = new Map(result.exchanges.map((exchange) => [exchange.id, exchange]))
  const outcome = ['passed', 'failed', 'error'][result.exitCode] ?? 'error'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'">
<title>${SYMBOLS[outcome as 'passed']} ${escaped(target.url)} · phota-mock verify</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${outcome}">
<p class="kind">phota-mock verify</p>
<h1>${escaped(target.base ?? target.url)}</h1>
<p class="summary">${escaped(result.summary)}</p>
<p class="counts">${VERDICTS.map((verdict) => count(verdict, counts)).join('')}</p>
<p class="facts">${facts(result)
    .map((fact) => `<span>${escaped(fact)}</span>`)
    .join('')}<span>${(durationMs / 1000).toFixed(1)} s</span><span>${escaped(result.startedAt)}</span></p>
${result.problems.map((problem) => `<p class="problem">! ${escaped(problem)}</p>`).join('\n')}
</header>
<main>
${attention(rules, exchanges)}
<div id="rules">${Object.keys(chapters)
    .map((chapter) => chapterPart(chapter, rules, exchanges))
    .join('\n')}</div>
${appendix(result.exchanges)}
</main>
<footer>The rules are of API version ${escaped(result.apiVersion)}. Keys, secrets and URL tokens are redacted. The same as data: result.json.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function count(verdict: Verdict, counts: VerifyResult['counts']): string {
  const isListed = verdict === 'passed' || verdict === 'skipped'
  const none = counts[verdict] === 0 ? ' none' : ''
  return `<a class="${verdict}${none}" href="#${isListed ? 'rules' : verdict}"><b>${counts[verdict]}</b> ${verdict}</a>`
}

function facts({ target, spend, deferred }: VerifyResult): string[] {
  return [
    target.control === null ? 'without a control API' : `control API ${target.control}`,
    target.receiver === null ? 'no callbacks received' : `callbacks to ${target.receiver}`,
    spendText(spend),
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')} to be seen from ${deferred.dueAt} on`]),
  ]
}

/** What did not hold comes first, the gravest open. */
function attention(rules: readonly RuleResult[], exchanges: ReadonlyMap<number, ExchangeRecord>): string {
  const of = (verdict: Verdict): RuleResult[] => rules.filter((rule) => rule.verdict === verdict)
  const section = (id: string, title: string, mine: readonly RuleResult[], isOpen = true): string => {
    if (mine.length === 0) return `<a id="${id}"></a>`
    const parts = mine.map((rule) => rulePart(rule, exchanges, isOpen)).join('\n')
    return `<section id="${id}"><h2>${title} <small>${mine.length}</small></h2>${parts}</section>`
  }
  const { known = [], fresh = [] } = Object.groupBy(of('failed'), ({ expectedToFail }) =>
    expectedToFail ? 'known' : 'fresh',
  )
  return [
    section('failed', known.length > 0 ? 'Broken (new)' : 'Broken', fresh),
    section('known', 'Broken, and known', known, false),
    section('error', 'Could not be judged', of('error')),
    section('partial', 'Holds in part', of('partial'), false),
    section('note', 'Different, where the API leaves it open', of('note'), false),
  ].join('\n')
}

function chapterPart(
  chapter: string,
  rules: readonly RuleResult[],
  exchanges: ReadonlyMap<number, ExchangeRecord>,
): string {
  const mine = rules.filter((rule) => rule.chapter === chapter)
  const told = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'skipped')
  const others = mine.filter((rule) => !told.includes(rule))
  const count = `${mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'partial').length} of ${mine.length}`
  const above =
    others.length === 0
      ? ''
      : `<p class="above">Above: ${others.map(({ id, verdict }) => `<a class="${verdict}" href="#${id}">${SYMBOLS[verdict]} ${id}</a>`).join(' ')}</p>`
  return `<section><h2>${escaped(chapters[chapter] ?? chapter)} <small>${count}</small></h2>${above}${told.map((rule) => rulePart(rule, exchanges, false)).join('\n')}</section>`
}

function rulePart(rule: RuleResult, exchanges: ReadonlyMap<number, ExchangeRecord>, isOpen: boolean): string {
  const mine = rule.exchanges.flatMap((id) => exchanges.get(id) ?? [])
  const known = rule.expectedToFail
    ? ` <small>${rule.verdict === 'failed' ? '' : 'listed as '}known to fail</small>`
    : ''
  const lines = mine.map((exchange) => `<a class="line" href="#x${exchange.id}">${lineOf(exchange)}</a>`)
  // The one that shows it stands here; the others are one tap away.
  const first = mine.find(({ id }) => id === rule.breaches.find(({ exchange }) => exchange !== null)?.exchange)
  return `<details class="rule ${rule.verdict}" id="${rule.id}"${isOpen ? ' open' : ''}>
<summary><span class="mark">${SYMBOLS[rule.verdict]}</span><span><code>${rule.id}</code>${known} <span class="text">${withCode(rule.text)}</span>${reasonPart(rule)}</span></summary>
<div class="inside">${breachesPart(rule)}${triedPart(rule)}${againPart(rule)}${first ? `<p class="label">exchange ${first.id}</p>${whole(first)}` : ''}
${linesPart(lines)}</div>
</details>`
}

const SHOWN_LINES = 6

function linesPart(lines: readonly string[]): string {
  if (lines.length === 0) return ''
  const title = `all ${lines.length} exchanges that it looked at`
  const all = `<div class="lines">${lines.join('')}</div>`
  if (lines.length > SHOWN_LINES)
    return `<details class="many"><summary class="label">${title}</summary>${all}</details>`
  return `<p class="label">${lines.length === 1 ? 'the exchange that it looked at' : title}</p>${all}`
}

function reasonPart({ verdict, reason, tried }: RuleResult): string {
  if (reason !== null)
    return `<p class="reason">${verdict === 'skipped' ? 'skipped, because ' : ''}${escaped(reason)}</p>`
  return verdict === 'partial' ? `<p class="reason">not tried: ${escaped(untriedText(tried))}</p>` : ''
}

/** By their source: single clauses of a rule may come from elsewhere than the rule. */
function breachesPart({ source: ofRule, section, breaches }: RuleResult): string {
  const part = ({ expected, seen, exchange }: Breach): string =>
    `<dl class="breach"><dt>expected</dt><dd>${withCode(expected)}</dd><dt>seen</dt><dd class="seen">${escaped(seen)}${exchange === null ? '' : ` <a href="#x${exchange}">exchange ${exchange}</a>`}</dd></dl>`
  const from = (source: Breach['source']): string =>
    `<p class="source">From ${escaped(sourceText(source, section))}.</p>`
  if (breaches.length === 0) return from(ofRule)
  return [...Map.groupBy(breaches, ({ source }) => source)]
    .map(([source, mine]) => `<div class="from ${source}">${from(source)}${mine.map(part).join('')}</div>`)
    .join('')
}

function triedPart({ tried }: RuleResult): string {
  if (tried.length === 0) return ''
  const rows = tried.map(
    (one) => `<li>${escaped(triedText([one]))} <small>${escaped(one.values.join(', '))}</small></li>`,
  )
  const untried = tried.some(({ missing }) => missing.length > 0)
    ? `<li>not tried: ${escaped(untriedText(tried))}</li>`
    : ''
  return `<p class="label">tried over</p><ul class="tried">${rows.join('')}${untried}</ul>`
}

function againPart({ again, curl }: RuleResult): string {
  const lines = [...(again === null ? [] : [`sh ${again}`]), ...(curl === null ? [] : [curl])]
  if (lines.length === 0) return ''
  return `<p class="label">is it still so?</p>${lines.map((line) => `<pre class="curl">${escaped(line)}</pre>`).join('')}`
}

/** All exchanges, each once: what rules show of them are links to here. */
function appendix(exchanges: Iterable<ExchangeRecord>): string {
  const all = [...exchanges].map(
    (exchange) =>
      `<details class="exchange" id="x${exchange.id}"><summary>${lineOf(exchange)}</summary>${whole(exchange)}</details>`,
  )
  return `<section id="exchanges"><h2>Exchanges <small>${all.length}</small></h2>${all.join('\n')}</section>`
}

function lineOf({ id, direction, request, response, durationMs }: ExchangeRecord): string {
  const path = request.url.replace(/^https?:\/\/[^/]+/, '')
  const status = response === null ? '–' : String(response.status)
  const answer = direction === 'received' ? `answered ${status}` : status
  return `<span class="number">${id}</span> ${direction === 'received' ? 'received ' : ''}${escaped(request.method)} <span class="path">${escaped(path)}</span> <b>${answer}</b> <small>${durationMs} ms</small>`
}

function whole({ request, response, problem }: ExchangeRecord): string {
  const headers = (all: Readonly<Record<string, string>>): string =>
    Object.entries(all)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')
  const asked = [
    `${request.method} ${request.url}`,
    headers(request.headers),
    request.body === null ? '' : `\n${pretty(request.body)}`,
  ]
  const answered =
    response === null
      ? [problem ?? 'no answer']
      : [String(response.status), headers(response.headers), `\n${pretty(response.body)}`]
  const pre = (lines: readonly string[]): string => `<pre>${escaped(lines.join('\n').trim())}</pre>`
  return pre(asked) + pre(answered)
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Nothing of a target is markup, moves what stands around it, or hides. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"]/g, (each) => NAMES[each] ?? each)
}

/** What stands in backticks is code. */
function withCode(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code class="word">$1</code>')
}

const SCRIPT =
  "const show=()=>{const at=document.getElementById(decodeURIComponent(location.hash.slice(1)));if(at&&at.tagName==='DETAILS'){at.open=true;at.scrollIntoView()}};addEventListener('hashchange',show);show()"

const STYLE = `
:root{--bg:#fff;--soft:#f5f6f8;--line:#e0e3e8;--ink:#1b1f26;--dim:#626b78;--green:#1a7f4b;--red:#c0262d;--yellow:#9a6500;--cyan:#0b6f86}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--soft:#1d2129;--line:#2f3540;--ink:#e6e9ee;--dim:#98a1af;--green:#4cc38a;--red:#ff7a7f;--yellow:#f0b44c;--cyan:#5cc8de}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:62rem;margin:0 auto;padding:1rem}
header{border-top:.5rem solid var(--green);padding-top:1.25rem}header.failed{border-color:var(--red)}header.error{border-color:var(--yellow)}
.kind{margin:0;color:var(--dim);font-size:.875rem}h1{margin:.1rem 0 .5rem;font-size:1.3rem}
.summary{font-size:1.1rem;margin:.5rem 0}.counts{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0}
.counts a{border:1px solid currentColor;border-radius:2rem;padding:.15rem .8rem;text-decoration:none}.counts a.none{color:var(--dim);opacity:.6}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;color:var(--dim);font-size:.875rem;margin:.5rem 0}
.passed,.partial{color:var(--green)}.failed{color:var(--red)}.error{color:var(--yellow)}.note{color:var(--cyan)}.skipped{color:var(--dim)}header,header.passed,header.failed,header.error{color:var(--ink)}code.word{font-weight:400}
.problem{color:var(--yellow);margin:.25rem 0}
h2{font-size:1.05rem;margin:1.75rem 0 .5rem}h2 small{color:var(--dim);font-weight:400}
.above{margin:.25rem 0;font-size:.9rem}.above a{margin-right:.75rem}
details.rule{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0;background:var(--bg)}
details.rule.failed[open]{border-color:var(--red)}details.rule.error[open]{border-color:var(--yellow)}
summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}
.rule>summary{display:flex;gap:.6rem;padding:.5rem .75rem}.rule>summary:focus-visible,.exchange>summary:focus-visible{outline:2px solid var(--cyan);outline-offset:2px}
.mark{font-weight:700;width:1.1rem;flex:none;text-align:center}.rule .text{color:var(--ink)}.rule.passed .text,.rule.skipped .text{color:var(--dim)}
code{font:600 .875rem/1.4 ui-monospace,SFMono-Regular,Menlo,monospace;color:inherit}
.reason{margin:.15rem 0 0;font-size:.9rem;color:var(--dim)}.error .reason{color:var(--yellow)}
.inside{padding:0 .75rem .75rem;color:var(--ink)}.source,.label{color:var(--dim);font-size:.875rem;margin:.25rem 0}
dl.breach{margin:.5rem 0;padding:.5rem .75rem;background:var(--soft);border-radius:.4rem;display:grid;grid-template-columns:5rem 1fr;gap:.15rem .5rem}
dt{color:var(--dim)}dd{margin:0}.failed .seen{color:var(--red)}.failed .choice .seen{color:var(--cyan)}ul.tried{margin:.2rem 0 .5rem;padding-left:1.2rem;font-size:.9rem}ul.tried small{color:var(--dim)}dd a{font-size:.85rem;color:var(--cyan)}
pre{background:var(--soft);border-radius:.4rem;padding:.6rem .75rem;margin:.3rem 0;font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.exchange{border-left:3px solid var(--line);padding-left:.6rem;margin:.35rem 0;font-size:.875rem}.exchange:target{border-color:var(--cyan)}
.number{color:var(--dim);display:inline-block;text-indent:0;min-width:2.2rem}.exchange small,.line small{color:var(--dim)}
.many>summary{text-decoration:underline}.line{display:block;padding-left:2.6rem;text-indent:-2.6rem;color:inherit;text-decoration:none;font-size:.875rem;padding-top:.15rem;padding-bottom:.15rem}.line:hover{text-decoration:underline}
@media (max-width:34rem){dl.breach{grid-template-columns:1fr}header,main,footer{padding:.75rem}}
footer{color:var(--dim);font-size:.85rem;padding-bottom:3rem}
`.replaceAll('\n', '')
