import type { ApiRequest, ApiResponse } from '../api/http.ts'
import { ClientLeft, NotImplemented } from '../api/interruptions.ts'
import { isUnder, placeOf } from '../engine/base-url.ts'
import type { World } from '../engine/world.ts'
import { checkDownload, type DownloadVerdict, urlKeyOf } from './download-url.ts'
import { renderImage } from './image/index.ts'
import { inRange, WHOLE } from './range.ts'
import { photaWorld } from './world.ts'

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
 */
export async function download(
  worlds: Iterable<World>,
  url: string,
  { method, header, hasLeft }: Pick<ApiRequest, 'method' | 'header' | 'hasLeft'>,
): Promise<ApiResponse> {
  const parsed = new URL(url)
  const place = placeOf(parsed)
  let refusal: Extract<DownloadVerdict, { ok: false }>['reason'] = 'no-image'
  for (const world of worlds) {
    const { options } = world
    if (!isUnder(place, options.cdnBaseUrl)) continue
    const path = place.slice(options.cdnBaseUrl.length)
    const verdict = checkDownload(urlKeyOf(world.entropy), path, parsed.searchParams, world.clock.nowMs)
    if (verdict.ok) {
      const type = verdict.image.format === 'png' ? 'image/png' : 'image/jpeg'
      const headers = { 'content-type': type, 'cache-control': 'private' }
      // RFC 9110, 14.2: only of a GET.
      const part = method === 'GET' ? { range: header('range'), ifRange: header('if-range') } : WHOLE
      try {
        const { jobId, output } = verdict.image
        const brought = photaWorld(world).pictures.get(`${jobId}-${output}`)
        return inRange(
          { status: 200, headers, body: brought?.file ?? (await renderImage(verdict.image, hasLeft)) },
          part,
        )
      } catch (error) {
        if (error instanceof ClientLeft) return { ...text(503, ''), wire: { connection: 'drop', latencyMs: 0 } }
        if (error instanceof NotImplemented) return text(501, `${error.message}\n`)
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
