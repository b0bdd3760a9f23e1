import type { Behaviour, CallbackHeaders, View } from '../behaviour.ts'
import { asciiJson, pythonJson } from '../dialects/python-json.ts'
import { eachJob } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'
import type { Arrival } from './probe.ts'

const open = 'callbacks'

const reversed = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .map(([name, part]) => [name, reversed(part)])
          .toReversed(),
      )
    : value

const named = (change: (name: string) => string) => (headers: CallbackHeaders) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [change(name), value]))

const written = (id: string, description: string, callbackText: (view: View) => string, pattern: RegExp): Variant => ({
  id,
  open,
  description: `the body of a callback ${description}`,
  build: () => ({ callbackText }),
  shows: async (probe) => pattern.test((await probe.calls())[0]?.text ?? ''),
})

const sent = (
  id: string,
  description: string,
  callbackHeaders: NonNullable<Behaviour['callbackHeaders']>,
  shows: (arrival: Arrival) => boolean,
): Variant => ({
  id,
  open,
  description,
  build: () => ({ callbackHeaders }),
  shows: async (probe) => (await probe.calls()).some(shows),
})

const GREETING = '完成 – 🎉'

/** The bytes and headers of a callback. */
export const callbackText: readonly Variant[] = [
  written('callback-indented', 'is indented', (view) => JSON.stringify(view, null, 2), /^\{\n {2}"job_id"/),
  written(
    'callback-tabs',
    'is indented with tabs and CRLF',
    (view) => JSON.stringify(view, null, '\t').replaceAll('\n', '\r\n'),
    /^\{\r\n\t"/,
  ),
  written('callback-spaced', 'has blanks as Python writes them', pythonJson, /^\{"job_id": "/),
  written('callback-newline', 'ends in a newline', (view) => `${JSON.stringify(view)}\n`, /\}\n$/),
  written('callback-leading-space', 'begins with white space', (view) => ` \r\n${JSON.stringify(view)}`, /^ \r\n\{/),
  written(
    'callback-keys-reversed',
    'has its keys in reverse',
    (view) => JSON.stringify(reversed(view)),
    /"job_id":"[^"]+"\}$/,
  ),
  written(
    'callback-slashes-escaped',
    'has slashes as PHP writes them',
    (view) => JSON.stringify(view).replaceAll('/', '\\/'),
    /http:\\\/\\\//,
  ),
  {
    id: 'callback-unicode-raw',
    open,
    description: 'the body of a callback is UTF-8 beyond ASCII',
    build: eachJob((view) => ({ ...view, note: GREETING })),
    shows: async (probe) => (await probe.calls())[0]?.text.includes(GREETING) === true,
  },
  {
    id: 'callback-unicode-escaped',
    open,
    description: 'the body of a callback has `\\u` escapes where the poll has UTF-8',
    build: () => ({
      job: (view) => ({ ...view, note: GREETING }),
      callbackText: asciiJson,
    }),
    shows: async (probe) =>
      (await probe.calls())[0]?.text.includes('\\u5b8c\\u6210') === true && (await probe.done()).note === GREETING,
  },
  sent(
    'callback-headers-upper',
    'headers of a callback are in upper case',
    named((name) => name.toUpperCase()),
    ({ raw }) => raw.includes('X-PHOTA-SIGNATURE'),
  ),
  sent(
    'callback-headers-title',
    'headers of a callback are in title case',
    named((name) => name.replace(/\b[a-z]/g, (char) => char.toUpperCase())),
    ({ raw }) => raw.includes('X-Phota-Signature'),
  ),
  sent(
    'callback-charset',
    'a callback’s Content-Type has a charset',
    (headers) => ({ ...headers, 'content-type': 'application/json; charset=utf-8' }),
    ({ headers }) => headers['content-type'] === 'application/json; charset=utf-8',
  ),
  sent(
    'callback-type-case',
    'a callback’s Content-Type is `Application/JSON;charset="UTF-8"`',
    (headers) => ({ ...headers, 'content-type': 'Application/JSON;charset="UTF-8"' }),
    ({ headers }) => headers['content-type'] === 'Application/JSON;charset="UTF-8"',
  ),
  sent(
    'callback-chunked',
    'a callback is sent in chunks',
    ({ 'content-length': _length, ...headers }) => ({ ...headers, 'transfer-encoding': 'chunked' }),
    ({ headers }) => headers['transfer-encoding'] === 'chunked',
  ),
  sent(
    'callback-further-headers',
    'a callback has further headers',
    (headers) => ({
      ...headers,
      'user-agent': 'phota-webhooks/2.1',
      accept: '*/*',
      'x-phota-event': 'job.finished',
      'x-phota-timestamp': '1782129618',
    }),
    ({ headers }) => headers['x-phota-event'] === 'job.finished',
  ),
  sent(
    'callback-expects-continue',
    'a callback is sent with `Expect: 100-continue`',
    (headers) => ({ ...headers, expect: '100-continue' }),
    ({ headers }) => headers.expect === '100-continue',
  ),
]
