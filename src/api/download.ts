import { isUnder, placeOf } from '../engine/base-url.ts'
import { checkDownload, type DownloadVerdict } from '../engine/download-url.ts'
import type { World } from '../engine/world.ts'
import type { ApiResponse } from './http.ts'
import { ClientLeft, NoEncoder, renderImage } from './image/index.ts'
import { inRange, type RangeRequest } from './range.ts'
import { abandon } from './refusal.ts'

const REFUSALS: Readonly<Record<Extract<DownloadVerdict, { ok: false }>['reason'], [status: number, text: string]>> = {
  'no-image': [404, 'No such image.\n'],
  'bad-token': [403, 'The signature of this URL does not match.\n'],
  expired: [403, 'This URL has expired.\n'],
}

/**
 * Serves an output image from its URL alone, without an API key: result.download, result.signed, result.expiry.
 *
 * @param worlds those whose image it might be; the one that signed it answers
 * @param url the full URL as the client asked for it
 * @param hasLeft whether the client is gone
 * @param part which part of it is asked for
 */
export async function download(
  worlds: Iterable<World>,
  url: string,
  hasLeft: () => boolean,
  part: RangeRequest,
): Promise<ApiResponse> {
  const parsed = new URL(url)
  const place = placeOf(parsed)
  let refusal: Extract<DownloadVerdict, { ok: false }>['reason'] = 'no-image'
  for (const world of worlds) {
    const { cdnBaseUrl, urlKey } = world.jobs.urlSigner
    if (!isUnder(place, cdnBaseUrl)) continue
    const verdict = checkDownload(urlKey, place.slice(cdnBaseUrl.length), parsed.searchParams, world.clock.nowMs)
    if (verdict.ok) {
      const type = verdict.image.format === 'png' ? 'image/png' : 'image/jpeg'
      const headers = { 'content-type': type, 'cache-control': 'private' }
      try {
        return inRange({ status: 200, headers, body: await renderImage(verdict.image, hasLeft) }, part)
      } catch (error) {
        if (error instanceof ClientLeft) return abandon('')
        if (error instanceof NoEncoder) return text(501, `${error.message}\n`)
        throw error
      }
    }
    if (refusal !== 'expired' && verdict.reason !== 'no-image') refusal = verdict.reason
  }
  return text(...REFUSALS[refusal])
}

function text(status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}
