import type { control } from '../control/index.ts'
import { quoted } from '../text/quoted.ts'

/**
 * A line for a shell that makes a request of the journal again; curl and the shell take its path and body as they are.
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
