import { chapters, sourceText } from '../criteria.ts'
import type { ExchangeRecord } from '../http/exchange.ts'
import { dollars } from '../prices.ts'
import { VERDICTS } from '../verdict.ts'
import type { RuleResult, VerifyResult } from './result.ts'
import { SYMBOLS } from './terminal.ts'

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
<title>${SYMBOLS[outcome as 'passed']} ${escaped(target.url)} · phota-mock verify</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${outcome}">
<p class="kind">phota-mock verify</p>
<h1>${escaped(target.base ?? target.url)}</h1>
<p class="summary">${escaped(result.summary)}</p>
<p class="counts">${VERDICTS.map((verdict) => `<a class="${verdict}${counts[verdict] === 0 ? ' none' : ''}" href="#${verdict}"><b>${counts[verdict]}</b> ${verdict}</a>`).join('')}</p>
<p class="facts">${facts(result)
    .map((fact) => `<span>${escaped(fact)}</span>`)
    .join('')}<span>${(durationMs / 1000).toFixed(1)} s</span><span>${escaped(result.startedAt)}</span></p>
${result.problems.map((problem) => `<p class="problem">! ${escaped(problem)}</p>`).join('\n')}
</header>
<main>
${attention(rules, exchanges)}
${Object.keys(chapters)
  .map((chapter) => chapterPart(chapter, rules, exchanges))
  .join('\n')}
${appendix(result.exchanges)}
</main>
<footer>The rules are of API version ${escaped(result.apiVersion)}. Keys, secrets and URL tokens are redacted. The same as data: result.json.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function facts({ target, spend, deferred }: VerifyResult): string[] {
  return [
    target.control === null ? 'without a control API' : `control API ${target.control}`,
    target.receiver === null ? 'no callbacks received' : `callbacks to ${target.receiver}`,
    `up to ${dollars(spend.spentMicroUsd)} by the price list`,
    spend.actualMicroUsd === null ? 'no ledger to read' : `${dollars(spend.actualMicroUsd)} by the ledger`,
    ...(deferred === null ? [] : [`${deferred.rules.join(', ')} to be seen from ${deferred.dueAt} on`]),
  ]
}

/** What did not hold comes first, and open. */
function attention(rules: readonly RuleResult[], exchanges: ReadonlyMap<number, ExchangeRecord>): string {
  const groups = (['failed', 'error', 'note'] as const).map((verdict) => {
    const mine = rules.filter((rule) => rule.verdict === verdict)
    if (mine.length === 0) return `<a id="${verdict}"></a>`
    const title = { failed: 'Broken', error: 'Could not be judged', note: 'Different, where the guide leaves it open' }[
      verdict
    ]
    return `<section id="${verdict}"><h2>${title}</h2>${mine.map((rule) => rulePart(rule, exchanges, true)).join('\n')}</section>`
  })
  return groups.join('\n')
}

function chapterPart(
  chapter: string,
  rules: readonly RuleResult[],
  exchanges: ReadonlyMap<number, ExchangeRecord>,
): string {
  const mine = rules.filter((rule) => rule.chapter === chapter)
  const told = mine.filter(({ verdict }) => verdict === 'passed' || verdict === 'skipped')
  const others = mine.filter((rule) => !told.includes(rule))
  const count = `${mine.filter(({ verdict }) => verdict === 'passed').length} of ${mine.length}`
  const above =
    others.length === 0
      ? ''
      : `<p class="above">Above: ${others.map(({ id, verdict }) => `<a class="${verdict}" href="#${id}">${SYMBOLS[verdict]} ${id}</a>`).join(' ')}</p>`
  return `<section><h2>${escaped(chapters[chapter] ?? chapter)} <small>${count}</small></h2>${above}${told.map((rule) => rulePart(rule, exchanges, false)).join('\n')}</section>`
}

function rulePart(rule: RuleResult, exchanges: ReadonlyMap<number, ExchangeRecord>, isOpen: boolean): string {
  const mine = rule.exchanges.flatMap((id) => exchanges.get(id) ?? [])
  const breaches = rule.breaches.map(
    ({ expected, seen, exchange }) =>
      `<dl class="breach"><dt>expected</dt><dd>${withCode(expected)}</dd><dt>seen</dt><dd class="seen">${escaped(seen)}${exchange === null ? '' : ` <a href="#x${exchange}">exchange ${exchange}</a>`}</dd></dl>`,
  )
  const reason =
    rule.reason === null
      ? ''
      : `<p class="reason">${rule.verdict === 'skipped' ? 'skipped, because ' : ''}${escaped(rule.reason)}</p>`
  const again = rule.curl === null ? '' : `<p class="label">again</p><pre class="curl">${escaped(rule.curl)}</pre>`
  const known = rule.expectedToFail ? ' <small>known to fail</small>' : ''
  const lines = mine.map((exchange) => `<a class="line" href="#x${exchange.id}">${lineOf(exchange)}</a>`)
  // The one that shows it stands here; the others are one tap away.
  const first = mine.find(({ id }) => id === rule.breaches.find(({ exchange }) => exchange !== null)?.exchange)
  return `<details class="rule ${rule.verdict}" id="${rule.id}"${isOpen ? ' open' : ''}>
<summary><span class="mark">${SYMBOLS[rule.verdict]}</span><span><code>${rule.id}</code>${known} <span class="text">${withCode(rule.text)}</span>${reason}</span></summary>
<div class="inside"><p class="source">From ${escaped(sourceText(rule.source))}.</p>
${breaches.join('\n')}${first ? whole(first) : ''}${again}
${lines.length === 0 ? '' : `<p class="label">${lines.length} exchange${lines.length === 1 ? '' : 's'}</p><div class="lines">${lines.join('')}</div>`}</div>
</details>`
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

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => NAMES[each] ?? each)
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
.passed{color:var(--green)}.failed{color:var(--red)}.error{color:var(--yellow)}.note{color:var(--cyan)}.skipped{color:var(--dim)}header,header.passed,header.failed,header.error{color:var(--ink)}code.word{font-weight:400}
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
dt{color:var(--dim)}dd{margin:0}.failed .seen{color:var(--red)}dd a{font-size:.85rem;color:var(--cyan)}
pre{background:var(--soft);border-radius:.4rem;padding:.6rem .75rem;margin:.3rem 0;font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.exchange{border-left:3px solid var(--line);padding-left:.6rem;margin:.35rem 0;font-size:.875rem}.exchange:target{border-color:var(--cyan)}
.number{color:var(--dim);display:inline-block;min-width:2.2rem}.exchange small,.line small{color:var(--dim)}
.line{display:block;color:inherit;text-decoration:none;font-size:.875rem;padding:.15rem 0}.line:hover{text-decoration:underline}
@media (max-width:34rem){dl.breach{grid-template-columns:1fr}header,main,footer{padding:.75rem}}
footer{color:var(--dim);font-size:.85rem;padding-bottom:3rem}
`.replaceAll('\n', '')
