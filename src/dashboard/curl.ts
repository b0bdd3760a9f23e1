import type { control } from '../control/index.ts'
import { quoted } from '../text/quoted.ts'

/**
 * A curl command that repeats a request of the journal, quoted so that path and body are sent unchanged.
 */
export function curlOf(
  { method, path, request_body: body }: control.ControlJournalEntry,
  origin: string,
  key: string | undefined,
): string {
  const parts = [
    'curl -s -i -g --path-as-is',
    ...(method === 'HEAD' ? ['-I'] : method === (body === null ? 'GET' : 'POST') ? [] : [`-X ${quoted(method)}`]),
    quoted(origin + path),
    ...(key === undefined ? [] : [`-H ${quoted(`X-API-Key: ${key}`)}`]),
    ...(body === null ? [] : [`-H 'Content-Type: application/json'`, `--data-raw ${quoted(body.text)}`]),
  ]
  const cut = body !== null && body.sha256 !== null ? ` # only the beginning of ${body.bytes} bytes was kept` : ''
  return parts.join(' ') + cut
}
