import { KEY_HEADER } from './accounts.ts'
import type { HandedOut } from './book.ts'
import type { Exchange } from './exchange.ts'
import { show } from './finding.ts'
import { isMoment, momentOf } from './moments.ts'
import type { Scene } from './scene.ts'

/** The download of a picture. Which URLs are downloads, the polls before it tell. */
export function judgeDownload(exchange: Exchange, handed: readonly HandedOut[], scene: Scene): void {
  const { findings, moments } = scene
  const { status, method, url } = exchange
  const exact = handed.find((each) => each.url === url)
  const api = handed[0]?.job.owner
  const isElsewhere = api != null && new URL(api.url).host !== new URL(url).host
  if (isElsewhere && exchange.requestHeaders.has(KEY_HEADER)) {
    findings.odd('secret.key-at-home', exchange, {
      expected: 'no `X-API-Key` for any host but the API’s',
      seen: `the key was sent to ${new URL(url).host}`,
      about: new URL(url).host,
    })
  }
  if (status === null || method !== 'GET') return
  // With a token that was left out of the recording, nobody can tell whether it was the one that was handed out.
  if (exact === undefined || /redacted/i.test(url)) {
    if (status !== 200 || exact !== undefined) return
    const isBare = new URL(url).search === '' && handed.every((each) => new URL(each.url).search !== '')
    if (!isBare) {
      const seen = 'a query that no poll in the recording handed out'
      findings.untold('result.signed', exchange, { expected: 'whether this URL was handed out by the API', seen })
      return
    }
    const because = handed.map(({ by }) => by)
    const expected = 'a refusal of a download URL without its signature'
    findings.hold('result.signed', exchange, false, { expected, seen: '200', because })
    return
  }
  const { job, by } = exact
  const expiryMs = carriedExpiryMs(url)
  const about = url
  if (status === 200 || status === 206) {
    const isPast = !Number.isNaN(expiryMs) && moments.isCertainlyAfter(exchange, expiryMs)
    const expected = 'a refusal of a download URL after the expiry that it carries'
    const words = { expected, seen: String(status), because: [by], about }
    if (findings.hold(isPast ? 'result.expiry' : 'result.download', exchange, !isPast, words) && status === 200) {
      judgePicture(exchange, exact, scene)
    }
    return
  }
  if (![400, 401, 403, 404, 410].includes(status)) return
  const age = moments.ageOf(job, exchange)
  if (age === 'expired' || age === 'at the edge') return
  if (typeof age === 'object') {
    findings.untold('result.download', exchange, {
      expected: 'whether the job’s retention was over',
      seen: age.untold,
      because: [by],
      about: job.id,
    })
    return
  }
  if (!Number.isNaN(expiryMs) && !moments.isCertainlyBefore(exchange, expiryMs)) return
  findings.hold('result.download', exchange, false, {
    expected: '200 for a download URL whose job is kept',
    seen: String(status),
    because: [by],
    about,
  })
}

function judgePicture(exchange: Exchange, { job, by }: HandedOut, { findings }: Scene): void {
  const type = exchange.responseHeaders.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const because = [by, job.submits[0]?.exchange]
  const isImage = type === undefined || /^(image\/|application\/octet-stream$|binary\/octet-stream$)/.test(type)
  const about = exchange.url
  const typed = { expected: 'a `Content-Type` of an image', seen: show(type), because, about }
  if (!findings.hold('result.download', exchange, isImage, typed)) return
  const { responseBody } = exchange
  const request = job.submits[0]?.request
  if (request == null || responseBody.kind !== 'whole' || !responseBody.isExact) return
  const wanted = request['output_format'] ?? 'jpg'
  if (wanted !== 'jpg' && wanted !== 'png') return
  const format = formatOf(responseBody.bytes)
  findings.hold('result.download', exchange, format === wanted, {
    expected: `a ${wanted}, as was asked for`,
    seen: format ?? `bytes that begin neither as PNG nor as JPEG`,
    because,
    about,
  })
}

function formatOf(bytes: Uint8Array): 'png' | 'jpg' | null {
  const head = Buffer.from(bytes.subarray(0, 8)).toString('hex')
  if (head === '89504e470d0a1a0a') return 'png'
  return head.startsWith('ffd8ff') ? 'jpg' : null
}

/** Unix ms by the query parameter that looks most like an expiry, whatever its name; NaN without one. */
function carriedExpiryMs(url: string): number {
  for (const [name, value] of new URL(url).searchParams) {
    if (!/exp/i.test(name)) continue
    // Seconds until 2100, or ms.
    if (/^\d{10}$/.test(value)) return Number(value) * 1_000
    if (/^\d{13}$/.test(value)) return Number(value)
    if (isMoment(value)) return momentOf(value)
  }
  return Number.NaN
}
