import { type Client, changed, type Habit, type Substitution, type Told, whole } from './client.ts'

const py = (told: Told, ...substitutions: Substitution[]): Client => changed('right.py', told, ...substitutions)

/** What an error that is swallowed keeps from coming to light. */
const UNSEEN: Habit[] = [
  'poll.gone',
  'submit.not-retried',
  'submit.tries-again',
  'result.renewed',
  'result.whole',
  'lenient.fields',
]

/** What shows when several workers wait for one job. */
const SHARED_JOB: Habit[] = ['poll.pace', 'poll.ends']

/** Where a picture is looked at before it is saved. */
const LOOKS_AT_PICTURE = `            if not is_whole_jpeg(picture):
                raise ApiError("the picture is cut off")
`

/** The first lines of the loop that submits, and the whole of it. */
const SUBMIT_BEGINS = `    for attempt in range(1, TRIES + 1):
        try:
            return call("POST", "/generate", body)["job_id"]
        except ApiError as error:
            if not error.is_transient or attempt == TRIES:
                raise
`
const SUBMIT_LOOP = `${SUBMIT_BEGINS}            time.sleep(pause_s(error, 0.25 * 2**attempt))
`

const NEW_ID = '    body["client_request_id"] = str(uuid.uuid4())\n'

/** Python programs that break one habit each. */
export const brokenPython: readonly Client[] = [
  // poll.ends
  py({ name: 'py-takes-running-for-the-end', habit: 'poll.ends', ends: 'error' }, [
    'if job["status"] in ("succeeded", "failed"):',
    'if job["status"] != "pending":',
  ]),
  whole('broken/while-pending.py', { name: 'py-while-pending', habit: 'poll.ends', ends: 'error' }),

  // poll.pace
  py({ name: 'py-polls-every-100-ms', habit: 'poll.pace', also: ['poll.backs-off'] }, [
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10',
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.1, 0.1',
  ]),
  py({ name: 'py-begins-with-200-ms', habit: 'poll.pace' }, [
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10',
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.2, 10',
  ]),

  // poll.backs-off
  py({ name: 'py-polls-every-second', habit: 'poll.backs-off' }, [
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10',
    'SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 1',
  ]),

  // poll.retry-after
  py({ name: 'py-ignores-retry-after', habit: 'poll.retry-after' }, ['text = error.retry_after or ""', 'text = ""']),
  py({ name: 'py-waits-a-second-at-most', habit: 'poll.retry-after' }, [
    'return max(int(text), otherwise_s)',
    'return min(int(text), 1)',
  ]),
  py({ name: 'py-ignores-retry-after-of-polls', habit: 'poll.retry-after' }, [
    '            time.sleep(pause_s(error, 0))\n',
    '',
  ]),

  // poll.patient
  py({ name: 'py-gives-up-after-5-polls', habit: 'poll.patient' }, [
    'while time.monotonic() < give_up_at:',
    'for _ in range(5):',
  ]),
  py({ name: 'py-gives-up-after-10-polls', habit: 'poll.patient' }, [
    'while time.monotonic() < give_up_at:',
    'for _ in range(10):',
  ]),

  // poll.gone
  py({ name: 'py-asks-again-for-what-is-gone', habit: 'poll.gone' }, [
    'TRANSIENT = (429,',
    'TRANSIENT = (404, 410, 429,',
  ]),
  py({ name: 'py-swallows-410', habit: 'poll.gone' }, [
    '        job = wait_for(job_id, Receiver.ended(job_id))\n',
    `        try:
            job = wait_for(job_id, Receiver.ended(job_id))
        except ApiError as error:
            if error.status in (404, 410):
                return []
            raise
`,
  ]),

  // submit.same-id
  py(
    { name: 'py-new-id-for-each-try', habit: 'submit.same-id' },
    [NEW_ID, ''],
    [
      '            return call("POST", "/generate", body)["job_id"]\n',
      `            body["client_request_id"] = str(uuid.uuid4())
            return call("POST", "/generate", body)["job_id"]
`,
    ],
  ),
  py({ name: 'py-tries-again-without-id', habit: 'submit.same-id' }, [NEW_ID, '']),
  changed('lawful/sync.py', { name: 'py-synchronous-again', habit: 'submit.same-id' }, [
    'int(error.headers.get("Retry-After", "0"))))\n',
    `int(error.headers.get("Retry-After", "0"))))
        except OSError:
            time.sleep(2)
`,
  ]),
  py({ name: 'py-misnames-the-id', habit: 'submit.same-id' }, [
    NEW_ID,
    '    body["idempotency_key"] = str(uuid.uuid4())\n',
  ]),

  // submit.tries-again
  py({ name: 'py-never-tries-again', habit: 'submit.tries-again' }, [
    SUBMIT_LOOP,
    '    return call("POST", "/generate", body)["job_id"]\n',
  ]),
  py({ name: 'py-tries-for-ever', habit: 'submit.tries-again' }, [
    SUBMIT_LOOP,
    `    while True:
        try:
            return call("POST", "/generate", body)["job_id"]
        except ApiError as error:
            if not error.is_transient:
                raise
            time.sleep(pause_s(error, 1))
`,
  ]),
  py({ name: 'py-tries-again-only-without-answer', habit: 'submit.tries-again' }, [
    SUBMIT_BEGINS,
    SUBMIT_BEGINS.replace('not error.is_transient', 'error.status is not None'),
  ]),

  // submit.own-id
  py({ name: 'py-id-from-the-minute', habit: 'submit.own-id', also: SHARED_JOB, ends: 'error' }, [
    'str(uuid.uuid4())',
    'time.strftime("job-%Y%m%d-%H%M")',
  ]),
  py({ name: 'py-id-from-the-process', habit: 'submit.own-id', also: SHARED_JOB, ends: 'error' }, [
    'str(uuid.uuid4())',
    'f"worker-{os.getpid()}"',
  ]),

  // submit.not-retried
  py({ name: 'py-retries-402', habit: 'submit.not-retried' }, ['TRANSIENT = (429,', 'TRANSIENT = (402, 429,']),
  py({ name: 'py-swallows-402', habit: 'submit.not-retried' }, [
    '    job_id = submit(image, callback_url)\n',
    `    try:
        job_id = submit(image, callback_url)
    except ApiError as error:
        if error.status == 402:
            return []
        raise
`,
  ]),

  // submit.once
  py({ name: 'py-two-workers-take-the-same', habit: 'submit.once' }, [
    '        jobs = [(image, pool.submit(make, image, callback_url, directory)) for image in IMAGES]\n',
    `        taken = set()

        def work():
            paths = []
            for image in IMAGES[:2]:
                if image["prompt"] not in taken:
                    paths += make(image, callback_url, directory)
                    taken.add(image["prompt"])
            return paths

        jobs = [(image, pool.submit(work)) for image in IMAGES[:2]]
`,
  ]),
  py(
    { name: 'py-submits-anew-when-a-poll-fails', habit: 'submit.once', also: ['poll.retry-after'] },
    ['MOST_LOST_POLLS = 10', 'MOST_LOST_POLLS = 1'],
    [
      '        job = wait_for(job_id, Receiver.ended(job_id))\n',
      `        try:
            job = wait_for(job_id, Receiver.ended(job_id))
        except ApiError as error:
            if not error.is_transient:
                raise
            return make(image, callback_url, directory)
`,
    ],
  ),

  // failure.surfaces
  py({ name: 'py-takes-failed-for-done', habit: 'failure.surfaces' }, [
    `        if job["status"] == "failed":
            error = job.get("error") or {}
            raise RuntimeError(f"job {job_id} failed: {error.get('code')}: {error.get('message')}")
        urls = job["result"]["download_urls"]
        if len(urls) != image["num_output_images"]:
            raise RuntimeError(f"job {job_id}: {image['num_output_images']} pictures ordered, {len(urls)} made")
`,
    '        urls = (job.get("result") or {}).get("download_urls", [])\n',
  ]),
  py({ name: 'py-except-pass', habit: 'failure.surfaces', also: UNSEEN }, [
    `            except Exception as error:
                all_there = False
                print(f"no picture of {image['prompt']!r}: {error}", file=sys.stderr)
`,
    `            except Exception:
                pass
`,
  ]),
  py({ name: 'py-submits-failed-for-ever', habit: 'failure.surfaces' }, [
    `            error = job.get("error") or {}
            raise RuntimeError(f"job {job_id} failed: {error.get('code')}: {error.get('message')}")
`,
    '            return make(image, callback_url, directory)\n',
  ]),

  // callback.not-needed
  py({ name: 'py-waits-for-its-callback', habit: 'callback.not-needed' }, [
    `        ended.wait(wait_s - SHORTEST_WAIT_S)
        ended.clear()
`,
    '        ended.wait()\n',
  ]),

  // callback.acknowledged
  py(
    { name: 'py-500-for-a-duplicate', habit: 'callback.acknowledged' },
    [
      '        self.answer(204)\n',
      `        job_id = json.loads(raw_body)["job_id"]
        if job_id in self.rows:
            return self.answer(500)  # UNIQUE constraint failed
        self.rows.add(job_id)
        self.answer(204)
`,
    ],
    ['    events = {}\n', '    events = {}\n    rows = set()\n'],
  ),
  py({ name: 'py-takes-15-s-to-answer', habit: 'callback.acknowledged' }, [
    '        self.answer(204)\n',
    '        time.sleep(15)  # makes thumbnails\n        self.answer(204)\n',
  ]),
  py(
    { name: 'py-404-for-a-late-callback', habit: 'callback.acknowledged' },
    [
      '        self.answer(204)\n',
      `        if json.loads(raw_body)["job_id"] in self.done:
            return self.answer(404)
        self.answer(204)
`,
    ],
    ['    events = {}\n', '    events = {}\n    done = set()\n'],
    [
      '        job = wait_for(job_id, Receiver.ended(job_id))\n',
      '        job = wait_for(job_id, Receiver.ended(job_id))\n        Receiver.done.add(job_id)\n',
    ],
  ),
  py({ name: 'py-decodes-the-secret', habit: 'callback.acknowledged' }, [
    'Receiver.secret = secret.encode()',
    'Receiver.secret = bytes.fromhex(secret)',
  ]),

  // callback.verified
  py({ name: 'py-trusts-every-callback', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    'return hmac.compare_digest(expected.encode(), signature.encode())',
    'return True',
  ]),
  py({ name: 'py-signs-its-own-json', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    '    expected = "sha256="',
    `    raw_body = json.dumps(json.loads(raw_body), separators=(",", ":"), ensure_ascii=False).encode()
    expected = "sha256="`,
  ]),
  py({ name: 'py-answers-204-to-everybody', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    `            return self.answer(401)
        self.answer(204)
`,
    '            return self.answer(204)\n        self.answer(204)\n',
  ]),

  // callback.signature-first
  py(
    { name: 'py-parses-before-it-verifies', habit: 'callback.signature-first' },
    [
      '        if not is_genuine(raw_body,',
      '        job_id = json.loads(raw_body)["job_id"]\n        if not is_genuine(raw_body,',
    ],
    ['self.ended(json.loads(raw_body)["job_id"]).set()', 'self.ended(job_id).set()'],
  ),
  py(
    { name: 'py-keeps-the-body-before-it-verifies', habit: 'callback.signature-first' },
    ['    events = {}\n', '    events = {}\n    jobs = {}\n'],
    [
      '        if not is_genuine(raw_body,',
      `        job = json.loads(raw_body)
        self.jobs[job["job_id"]] = job
        if not is_genuine(raw_body,`,
    ],
    [
      '        ended.clear()\n',
      `        ended.clear()
        if job_id in Receiver.jobs:
            return Receiver.jobs[job_id]
`,
    ],
  ),

  // result.in-time
  py({ name: 'py-downloads-an-hour-later', habit: 'result.in-time', ends: 'never' }, [
    '        try:\n            for url, path in zip(urls, paths):\n',
    `        time.sleep(3600)  # at night, traffic is cheaper
        try:
            for url, path in zip(urls, paths):
`,
  ]),

  // result.renewed
  py({ name: 'py-gives-up-on-a-refused-url', habit: 'result.renewed' }, [
    `        except UrlRefused:
            if attempt == TRIES:
                raise
`,
    '        except UrlRefused:\n            raise\n',
  ]),
  py({ name: 'py-skips-a-refused-url', habit: 'result.renewed' }, [
    `        except UrlRefused:
            if attempt == TRIES:
                raise
`,
    '        except UrlRefused:\n            return []\n',
  ]),

  // result.whole
  py(
    { name: 'py-keeps-half-a-picture', habit: 'result.whole' },
    [LOOKS_AT_PICTURE, ''],
    [
      '    except (OSError, http.client.HTTPException) as error:\n',
      `    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException) as error:
`,
    ],
  ),
  py(
    { name: 'py-reads-in-pieces', habit: 'result.whole' },
    [LOOKS_AT_PICTURE, ''],
    // Unlike read(), read(n) does not tell when a body ends early.
    ['return response.read()', 'return b"".join(iter(lambda: response.read(65536), b""))'],
  ),

  // secret.key-at-home
  py({ name: 'py-key-to-downloads', habit: 'secret.key-at-home' }, [
    'picture = send(url)',
    'picture = send(urllib.request.Request(url, headers={"X-API-Key": API_KEY}))',
  ]),
  py({ name: 'py-key-along-redirects', habit: 'secret.key-at-home' }, [
    'request.add_unredirected_header("X-API-Key", API_KEY)',
    'request.add_header("X-API-Key", API_KEY)',
  ]),
  whole('broken/session.py', {
    name: 'py-key-in-the-session',
    habit: 'secret.key-at-home',
    needs: [['python3', '-c', 'import requests']],
  }),

  // secret.not-in-url
  py({ name: 'py-key-in-the-query', habit: 'secret.not-in-url' }, [
    'urllib.request.Request(BASE_URL + path,',
    'urllib.request.Request(f"{BASE_URL}{path}?api_key={API_KEY}",',
  ]),
  py({ name: 'py-key-in-the-callback-url', habit: 'secret.not-in-url' }, [
    '{port}/callback"',
    '{port}/callback?key={API_KEY}"',
  ]),

  // lenient.fields
  py({ name: 'py-one-format-of-dates', habit: 'lenient.fields' }, [
    `    try:
        return datetime.fromisoformat(job["completed_at"]) - datetime.fromisoformat(job["created_at"])
    except (KeyError, TypeError, ValueError):
        return "an unknown time"
`,
    `    form = "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(job["completed_at"], form) - datetime.strptime(job["created_at"], form)
`,
  ]),
  py({ name: 'py-needs-every-member', habit: 'lenient.fields' }, [
    'if job["status"] == "failed":',
    'if job["error"] is not None:',
  ]),
  py(
    { name: 'py-knows-all-members', habit: 'lenient.fields' },
    [
      '        if job["status"] in ("succeeded", "failed"):',
      '        Job(**job)\n        if job["status"] in ("succeeded", "failed"):',
    ],
    [
      'class UrlRefused(Exception):',
      `@dataclass
class Job:
    job_id: str
    status: str
    operation: str
    created_at: str
    result: dict | None = None
    error: dict | None = None
    completed_at: str | None = None


class UrlRefused(Exception):`,
    ],
    ['from datetime import', 'from dataclasses import dataclass\nfrom datetime import'],
  ),

  // lenient.text
  py({ name: 'py-question-marks', habit: 'lenient.text' }, ['.encode("utf-8")', '.encode("ascii", "replace")']),
  py({ name: 'py-latin-1', habit: 'lenient.text', ends: 'error' }, [
    '.encode("utf-8")',
    '.encode("latin-1", "replace")',
  ]),
  py({ name: 'py-counts-characters', habit: 'lenient.text', ends: 'error' }, [
    '        request.data = json.dumps(body, ensure_ascii=False).encode("utf-8")\n',
    `        text = json.dumps(body, ensure_ascii=False)
        request.data = text.encode("utf-8")
        request.add_header("Content-Length", str(len(text)))
`,
  ]),
]
