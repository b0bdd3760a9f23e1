import type { ExchangeRecord } from './exchange-record.ts'
import { html, joined, type Markup } from './markup.ts'

/** All exchanges, each once; rules link to them. */
export function appendix(exchanges: readonly ExchangeRecord[]): Markup {
  const all = exchanges.map((exchange) => {
    const inside = html`<summary>${lineOf(exchange)}</summary>${whole(exchange)}`
    return html`<details class="exchange" id="x${exchange.id}">${inside}</details>`
  })
  return html`<section id="exchanges"><h2>Exchanges <small>${all.length}</small></h2>${joined(all, '\n')}</section>`
}

/** A link to an exchange, which says what it was in one line. */
export function linkTo(exchange: ExchangeRecord): Markup {
  return html`<a class="line" href="#x${exchange.id}">${lineOf(exchange)}</a>`
}

/** Request and response, with headers and bodies. */
export function whole({ request, response, problem }: ExchangeRecord): Markup {
  const asked = [
    `${request.method} ${request.url}`,
    headerLines(request.headers),
    request.body === null ? '' : `\n${pretty(request.body)}`,
  ]
  const answered =
    response === null
      ? [problem ?? 'no answer']
      : [String(response.status), headerLines(response.headers), `\n${pretty(response.body)}`]
  const pre = (lines: readonly string[]): Markup => html`<pre>${lines.join('\n').trim()}</pre>`
  return html`${pre(asked)}${pre(answered)}`
}

function lineOf({ id, direction, request, response, durationMs }: ExchangeRecord): Markup {
  const path = request.url.replace(/^https?:\/\/[^/]+/, '')
  const status = response === null ? '–' : String(response.status)
  const [before, answer] = direction === 'received' ? ['received ', `answered ${status}`] : ['', status]
  const asked = html`${before}${request.method} <span class="path">${path}</span>`
  return html`<span class="number">${id}</span> ${asked} <b>${answer}</b> <small>${durationMs} ms</small>`
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
