/** Something that a client of the API does well, or pays for. */
export interface Habit {
  /** Stable: reports, lists of expected failures and the documentation name it. */
  readonly id: string
  /** What holds, in one sentence. */
  readonly text: string
  /** What it costs not to have it: money, pictures, or a secret. */
  readonly why: string
  /** The sentence of the API's guide that it follows from. */
  readonly guide: string
  /** How to mend it. */
  readonly mend: string
}

/** Chapters in the order of the report, and what they are called. */
export const chapters: Readonly<Record<string, string>> = {
  poll: 'Poll',
  submit: 'Submit',
  failure: 'Failure',
  callback: 'Callback',
  result: 'Result',
  secret: 'Secret',
  lenient: 'Lenient',
}

/** All habits, in the order of the report. */
export const habits: readonly Habit[] = [
  {
    id: 'poll.ends',
    text: 'Polls until the job has ended: it neither stops before, nor goes on after.',
    why: 'A job that is left before its end is paid for all the same, and its pictures are never fetched.',
    guide: 'Poll GET /v1/phota/jobs/{job_id} until status is succeeded or failed.',
    mend: 'Let `succeeded` and `failed` end the loop, and nothing else.',
  },
  {
    id: 'poll.pace',
    text: 'Asks for a job no oftener than every second, unless it is told to.',
    why: 'A job takes many seconds: asking oftener makes nothing come sooner, and invites a 429.',
    guide: 'Accepted, not started yet. Poll again shortly.',
    mend: 'Wait a second or more between two polls of a job.',
  },
  {
    id: 'poll.backs-off',
    text: 'Asks slower the longer a job takes.',
    why: 'A job may take half an hour. At an even pace, many long jobs ask more than all that is new.',
    guide: 'Async jobs also get a larger runtime budget than the synchronous path.',
    mend: 'Multiply the wait after each poll, up to some ten seconds.',
  },
  {
    id: 'poll.retry-after',
    text: 'Waits as long as `Retry-After` says (429, 503), and goes on then.',
    why: 'A client that asks again at once stays throttled; one that gives up has paid for a picture it never fetches.',
    guide: 'GET /v1/phota/jobs/{job_id} is always the source of truth for a job’s outcome.',
    mend: 'On 429 and 503, sleep for the seconds of `Retry-After`, and poll again.',
  },
  {
    id: 'poll.patient',
    text: 'Waits for a job of 20 minutes.',
    why: 'A job that is given up goes on, ends and is paid for; nobody fetches its pictures.',
    guide:
      'Async jobs also get a larger runtime budget than the synchronous path, so longer edits have room to finish.',
    mend: 'Give up after half an hour or more, by the clock, not after a number of polls.',
  },
  {
    id: 'poll.gone',
    text: 'A 404 or 410 ends the wait, and surfaces.',
    why: 'A job that is gone never comes back: who goes on asking waits for ever.',
    guide: 'After that the job is garbage-collected and polling returns 410 Gone.',
    mend: 'Treat 404 and 410 of a poll as an error that is not tried again.',
  },
  {
    id: 'submit.same-id',
    text: 'After an answer that was lost, sends the same `client_request_id` again: one job, one charge.',
    why: 'The job was made although its answer was lost. Another id, or none, makes and charges a second one.',
    guide:
      'If a submit with the same client_request_id is received again (for example after a network blip), the API ' +
      'returns the original job handle instead of creating — or charging for — a second job.',
    mend: 'Make the id once for each request, outside of the loop that tries again.',
  },
  {
    id: 'submit.tries-again',
    text: 'After a refusal that passes (503, 429) or a broken connection, tries again, a bounded number of times.',
    why: 'One blip loses the picture; without a bound, an outage becomes a storm.',
    guide: 'Pass a client_request_id to make submits safe to retry.',
    mend: 'Try again some five times, with a growing pause, and then report the error.',
  },
  {
    id: 'submit.own-id',
    text: 'Never uses a `client_request_id` again for another request.',
    why: 'The second request is never made: the answer is the job of the first one, with the wrong pictures.',
    guide: 'a retried submit with the same value returns the original job instead of a new one.',
    mend: 'Make a new random id (UUID) for each request.',
  },
  {
    id: 'submit.not-retried',
    text: 'A 402 and a 422 are not tried again, and surface.',
    why: 'The same request gets the same answer, however often it is sent.',
    guide: '402: Insufficient prepaid balance at submit — no job is created.',
    mend: 'Try again after 429, 5xx and broken connections alone; report every other status.',
  },
  {
    id: 'submit.once',
    text: 'Submits once for each intent, however slow the answer is and whatever runs in parallel.',
    why: 'Each submit makes a job, and each job is charged, whether or not its pictures are used.',
    guide: 'you pay for work performed — a job you submit and never poll still runs and settles.',
    mend: 'Give each intent one submit and one `client_request_id`, and a timeout longer than 30 seconds.',
  },
  {
    id: 'failure.surfaces',
    text: 'A failed job surfaces: it is neither downloaded nor submitted again for ever.',
    why: 'A failure that nobody sees is a missing picture; one that is submitted for ever costs without end.',
    guide: 'Failed — error.code and error.message explain why.',
    mend: 'Throw, or end with another exit code than 0, with `error.code` and `error.message`.',
  },
  {
    id: 'callback.not-needed',
    text: 'A callback that never comes is not needed: polling is authoritative.',
    why: 'Callbacks are best effort. A client that only listens waits for ever for pictures that it has paid for.',
    guide: 'Delivery is best-effort with a few bounded retries — always treat polling as authoritative.',
    mend: 'Poll as well; let a callback only make the next poll come sooner.',
  },
  {
    id: 'callback.acknowledged',
    text: 'Genuine callbacks are answered 2xx within ten seconds, also duplicate, late and reordered ones.',
    why: 'Anything else is taken for a receiver that is down: the callback comes again, and then no more.',
    guide: 'Delivery is best-effort with a few bounded retries',
    mend: 'Answer 204 as soon as the signature is checked, and do the work afterwards.',
  },
  {
    id: 'callback.verified',
    text: 'A wrong signature, a changed byte and a re-serialised body are answered 4xx.',
    why: 'Whoever knows the URL could tell the client anything, such as that a job has failed.',
    guide: 'Sign and compare over the exact bytes you received, before any JSON re-serialization',
    mend: 'Compare the HMAC of the raw body, in constant time, before anything else.',
  },
  {
    id: 'callback.signature-first',
    text: 'The signature is checked before the body is trusted: of a forged body nothing is done, nonsense is a 4xx.',
    why: 'A body that is read before it is checked can crash the receiver, or have it fetch from a stranger.',
    guide: 'Every callback is signed so you can verify it came from Phota.',
    mend: 'Read bytes, check the signature, and only then parse.',
  },
  {
    id: 'result.in-time',
    text: 'Results are fetched before they expire.',
    why: 'After 24 hours the pictures are gone, and paid for.',
    guide: 'Results are pollable for 24 hours (matching the signed-URL lifetime).',
    mend: 'Download as soon as the job has succeeded; keep files, not URLs.',
  },
  {
    id: 'result.renewed',
    text: 'A refused download URL is polled for anew.',
    why: 'A poll signs a URL anew, free of charge. Giving up loses a picture that was paid for.',
    guide: 'GET /v1/phota/jobs/{job_id} is always the source of truth for a job’s outcome.',
    mend: 'When a download is refused (401, 403, 404, 410), poll the job and use its new URLs.',
  },
  {
    id: 'result.whole',
    text: 'A picture that was cut off is noticed.',
    why: 'Half a picture is kept for a whole one, and the URL that could have mended it expires.',
    guide: 'Done — result.download_urls is populated.',
    mend: 'Compare the bytes with `Content-Length`, and download again if some are missing.',
  },
  {
    id: 'secret.key-at-home',
    text: 'The API key goes to no other host: neither with downloads nor along redirects.',
    why: 'Whoever has the key spends your balance.',
    guide: 'Async results are always delivered as download URLs',
    mend: 'Download with a client of its own that has no key; do not follow redirects of the API.',
  },
  {
    id: 'secret.not-in-url',
    text: 'Neither the key nor the webhook secret stands in a URL.',
    why: 'URLs are kept in logs, histories and by proxies.',
    guide: 'curl … -H "X-API-Key: YOUR_API_KEY"',
    mend: 'Send the key in `X-API-Key`, and nothing secret in `callback_url`.',
  },
  {
    id: 'lenient.fields',
    text: 'Unknown fields, null or absent members, empty `known_subjects`, and other time formats are taken.',
    why: 'An API grows fields. A client that crashes on one loses pictures that it has paid for.',
    guide: 'A succeeded job carries the same result shape as the synchronous response',
    mend: 'Read the fields that you need, and let every other one be absent, null or new.',
  },
  {
    id: 'lenient.text',
    text: 'Prompts with non-ASCII characters arrive whole.',
    why: 'A garbled prompt makes another picture, which is charged.',
    guide: 'curl … -H "Content-Type: application/json"',
    mend: 'Send JSON as UTF-8 bytes, and count bytes, not characters.',
  },
]

const byId = new Map(habits.map((habit) => [habit.id, habit]))

/** @throws if there is no such habit */
export function habit(id: string): Habit {
  const found = byId.get(id)
  if (!found) throw new Error(`there is no habit ${id}`)
  return found
}
