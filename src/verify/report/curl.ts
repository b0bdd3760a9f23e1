import type { ExchangeRecord } from '../http/exchange.ts'
import type { Finding } from '../verdict.ts'

const KEYS: Readonly<Record<string, string>> = {
  '<key>': '$PHOTA_KEY',
  '<other key>': '$PHOTA_OTHER_KEY',
  '<broke key>': '$PHOTA_BROKE_KEY',
  '<unknown key>': 'no-such-key',
}

/** A line for a shell that shows the first breach again; `null` if no exchange shows it. */
export function curlOf({ breaches, exchanges }: Finding): string | null {
  const number = breaches.find(({ exchange }) => exchange !== null)?.exchange
  const exchange = exchanges.find(({ id }) => id === number)
  if (!exchange) return null
  const submit = submitOf(exchange, exchanges)
  if (submit === null) return exchange.direction === 'sent' ? lineOf(exchange) : null
  const { job_id: jobId } = JSON.parse(submit.response?.body ?? '{}') as { job_id?: string }
  // Its job is gone by now, so another one is made.
  const another = `JOB=$(${lineOf(submit, '-s')} | grep -o '"job_id": *"[^"]*"' | cut -d'"' -f4)`
  if (exchange.direction === 'received') return `${lineOf(submit)} # with a receiver of your own as callback_url`
  return `${another} && ${lineOf(exchange).replaceAll(jobId ?? '', '$JOB')}`
}

/** The submit that made the job which this exchange is about. */
function submitOf(exchange: ExchangeRecord, exchanges: readonly ExchangeRecord[]): ExchangeRecord | null {
  const about = exchange.direction === 'sent' ? exchange.request.url : (exchange.request.body ?? '')
  const made = exchanges.find((one) => {
    const [, jobId] = /"job_id": *"([^"]+)"/.exec(one.request.method === 'POST' ? (one.response?.body ?? '') : '') ?? []
    return one.direction === 'sent' && one !== exchange && jobId !== undefined && about.includes(jobId)
  })
  return made ?? null
}

function lineOf({ request }: ExchangeRecord, flags = '-s -i'): string {
  const { 'X-API-Key': key } = request.headers
  const parts = [
    `curl ${flags}`,
    ...(request.method === 'GET' || request.body !== null ? [] : [`-X ${request.method}`]),
    `"${request.url}"`,
    ...(key === undefined ? [] : [`-H "X-API-Key: ${KEYS[key] ?? key}"`]),
    ...(request.body === null ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(request.body)}`]),
  ]
  return parts.join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
