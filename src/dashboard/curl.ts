import type { control } from '../control/index.ts'

/** A line for a shell that makes a request of the journal again. */
export function curlOf(
  { method, path, request_body: body }: control.ControlJournalEntry,
  origin: string,
  key: string | undefined,
): string {
  const parts = [
    'curl -s -i',
    ...(method === (body === null ? 'GET' : 'POST') ? [] : [`-X ${method}`]),
    quoted(origin + path),
    ...(key === undefined ? [] : [`-H ${quoted(`X-API-Key: ${key}`)}`]),
    ...(body === null ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(body.text)}`]),
  ]
  const cut = body !== null && body.sha256 !== null ? ` # only the beginning of ${body.bytes} bytes was kept` : ''
  return parts.join(' ') + cut
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
