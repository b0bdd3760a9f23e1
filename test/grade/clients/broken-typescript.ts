import { type Client, changed, type Habit, type Substitution, type Told, whole } from './client.ts'

const ts = (told: Told, ...substitutions: Substitution[]): Client => changed('right.ts', told, ...substitutions)

/** What an error that is swallowed keeps from coming to light. */
const UNSEEN: Habit[] = [
  'poll.gone',
  'submit.not-retried',
  'submit.tries-again',
  'result.renewed',
  'result.whole',
  'lenient.fields',
]

const SUBMITS = `return (await call<{ job_id: string }>('POST', '/generate', body)).job_id`
const SUBMIT_FAILS =
  '      if (!(error instanceof ApiError && error.isTransient) || attempt === TRIES) throw error\n' +
  '      await sleep(pauseMs(error, 250 * 2 ** attempt))\n' +
  '    }\n  }\n}\n\n/** The job once'
const POLL_FAILS =
  '      if (!(error instanceof ApiError && error.isTransient) || lost === MOST_LOST_POLLS) throw error\n'
const NEW_ID = 'client_request_id: randomUUID(),'
const IS_FAILED = `    if (job.status === 'failed') throw new Error(\`job \${jobId} failed: `
const LOOKS_AT_PICTURE = "      if (!isWholeJpeg(picture)) throw new ApiError('the picture is cut off')\n"
const VERIFIES = "  if (!isGenuine(rawBody, String(request.headers['x-phota-signature']), secret)) {\n"
const ACKNOWLEDGES = '  response.writeHead(204).end()\n'
const READS_JOB_ID = "  const { job_id: jobId } = JSON.parse(rawBody.toString('utf8')) as { job_id: string }\n"
const LISTENERS = 'const listeners = new Map<string, () => void>()\n'

/** TypeScript programs that break one habit each. */
export const brokenTypescript: readonly Client[] = [
  // poll.ends
  ts({ name: 'ts-waits-for-completed', habit: 'poll.ends', ends: 'never' }, [
    "if (job.status === 'succeeded' || job.status === 'failed')",
    "if (job.status === 'completed')",
  ]),
  ts({ name: 'ts-asks-on-after-failed', habit: 'poll.ends', also: ['failure.surfaces'] }, [
    "if (job.status === 'succeeded' || job.status === 'failed')",
    "if (job.status === 'succeeded')",
  ]),
  whole('broken/interval.ts', { name: 'ts-never-clears-its-interval', habit: 'poll.ends', ends: 'never' }),

  // poll.pace
  ts(
    { name: 'ts-polls-every-250-ms', habit: 'poll.pace', also: ['poll.backs-off'] },
    ['SHORTEST_WAIT_MS = 1000', 'SHORTEST_WAIT_MS = 250'],
    ['LONGEST_WAIT_MS = 10_000', 'LONGEST_WAIT_MS = 250'],
  ),
  ts({ name: 'ts-polls-without-a-pause', habit: 'poll.pace', also: ['poll.backs-off'] }, [
    'SHORTEST_WAIT_MS = 1000',
    'SHORTEST_WAIT_MS = 0',
  ]),

  // poll.backs-off
  ts({ name: 'ts-polls-every-second', habit: 'poll.backs-off' }, [
    'LONGEST_WAIT_MS = 10_000',
    'LONGEST_WAIT_MS = 1000',
  ]),
  ts({ name: 'ts-begins-anew-with-each-status', habit: 'poll.backs-off' }, [
    '    lost = 0\n',
    '    lost = 0\n    if (job.status !== "succeeded") waitMs = SHORTEST_WAIT_MS\n',
  ]),

  // poll.retry-after
  ts({ name: 'ts-takes-retry-after-for-ms', habit: 'poll.retry-after' }, ['Number(text) * 1000', 'Number(text)']),
  ts({ name: 'ts-ignores-retry-after', habit: 'poll.retry-after' }, ["response.headers.get('retry-after'))", 'null)']),

  // poll.patient
  ts({ name: 'ts-gives-up-after-10-seconds', habit: 'poll.patient' }, [
    'PATIENCE_MS = 2 * 60 * 60_000',
    'PATIENCE_MS = 10_000',
  ]),
  ts({ name: 'ts-gives-up-after-a-minute', habit: 'poll.patient' }, [
    'PATIENCE_MS = 2 * 60 * 60_000',
    'PATIENCE_MS = 60_000',
  ]),

  // poll.gone
  ts({ name: 'ts-polls-on-whatever-comes', habit: 'poll.gone' }, [POLL_FAILS, '']),
  ts(
    { name: 'ts-takes-gone-for-done', habit: 'poll.gone' },
    [
      '    const job = await waitFor(jobId)\n',
      '    const job = await waitFor(jobId).catch(gone)\n    if (!job) return []\n',
    ],
    [
      '/** How long a job took',
      `function gone(error: ApiError): null {
  if (error.status === 404 || error.status === 410) return null
  throw error
}

/** How long a job took`,
    ],
  ),

  // submit.same-id
  ts({ name: 'ts-new-id-for-each-try', habit: 'submit.same-id' }, [
    SUBMITS,
    `const again = { ...body, client_request_id: randomUUID() }
      return (await call<{ job_id: string }>('POST', '/generate', again)).job_id`,
  ]),
  ts(
    { name: 'ts-id-from-the-moment', habit: 'submit.same-id' },
    [NEW_ID, ''],
    [
      SUBMITS,
      `const again = { ...body, client_request_id: \`\${image.prompt}-\${Date.now()}\` }
      return (await call<{ job_id: string }>('POST', '/generate', again)).job_id`,
    ],
  ),
  ts({ name: 'ts-tries-again-without-id', habit: 'submit.same-id' }, [NEW_ID, '']),

  // submit.tries-again
  ts({ name: 'ts-never-tries-again', habit: 'submit.tries-again' }, [
    SUBMIT_FAILS,
    SUBMIT_FAILS.replace('|| attempt === TRIES', '|| attempt === 1'),
  ]),
  ts({ name: 'ts-tries-again-only-after-an-answer', habit: 'submit.tries-again' }, [
    SUBMIT_FAILS,
    SUBMIT_FAILS.replace('error.isTransient', 'error.isTransient && error.status !== null'),
  ]),
  ts({ name: 'ts-tries-for-ever', habit: 'submit.tries-again' }, [
    SUBMIT_FAILS,
    SUBMIT_FAILS.replace(' || attempt === TRIES', '').replace('250 * 2 ** attempt', '1000'),
  ]),

  // submit.own-id
  ts(
    { name: 'ts-one-id-for-all', habit: 'submit.own-id', also: ['poll.pace', 'poll.ends'], ends: 'error' },
    [NEW_ID, 'client_request_id: RUN_ID,'],
    ['/** Of one request,', 'const RUN_ID = randomUUID()\n\n/** Of one request,'],
  ),

  // submit.not-retried
  ts({ name: 'ts-retries-402-for-ever', habit: 'submit.not-retried' }, [
    SUBMIT_FAILS,
    SUBMIT_FAILS.replace('if (!(', 'const isPoor = error instanceof ApiError && error.status === 402\n      if (!(')
      .replace(
        'error.isTransient) || attempt === TRIES',
        '(isPoor || error.isTransient)) || (!isPoor && attempt === TRIES)',
      )
      .replace('250 * 2 ** attempt', 'isPoor ? 1000 : 500 * 2 ** attempt'),
  ]),
  ts({ name: 'ts-retries-every-refusal', habit: 'submit.not-retried' }, [
    SUBMIT_FAILS,
    SUBMIT_FAILS.replace(' && error.isTransient', ''),
  ]),
  ts({ name: 'ts-swallows-422', habit: 'submit.not-retried' }, [
    '  const jobId = await submit(image, callbackUrl)\n',
    `  let jobId: string
  try {
    jobId = await submit(image, callbackUrl)
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return []
    throw error
  }
`,
  ]),

  // submit.once
  ts({ name: 'ts-submits-twice-to-be-quick', habit: 'submit.once' }, [
    SUBMITS,
    `const twin = { ...body, client_request_id: \`\${body.client_request_id}-twin\` }
      const both = [body, twin].map((each) => call<{ job_id: string }>('POST', '/generate', each))
      return (await Promise.race(both)).job_id`,
  ]),
  ts(
    { name: 'ts-submits-anew-after-5-seconds', habit: 'submit.once', also: ['poll.patient'] },
    ['PATIENCE_MS = 2 * 60 * 60_000', 'PATIENCE_MS = 5000'],
    [
      '    const job = await waitFor(jobId)\n',
      `    const job = await waitFor(jobId).catch((error) => {
      if (error instanceof ApiError) throw error
      return null
    })
    if (job === null) return make(image, callbackUrl, directory)
`,
    ],
  ),

  // failure.surfaces
  ts({ name: 'ts-takes-failed-for-done', habit: 'failure.surfaces' }, [
    IS_FAILED,
    `    if (job.status === 'failed') return []\n${IS_FAILED}`,
  ]),
  ts({ name: 'ts-logs-and-ends-well', habit: 'failure.surfaces', also: UNSEEN }, [
    '        process.exitCode = 1\n',
    '',
  ]),
  ts({ name: 'ts-submits-failed-for-ever', habit: 'failure.surfaces' }, [
    IS_FAILED,
    `    if (job.status === 'failed') return make(image, callbackUrl, directory)\n${IS_FAILED}`,
  ]),

  // callback.not-needed
  ts(
    { name: 'ts-waits-for-its-callback', habit: 'callback.not-needed' },
    ['await callbackOr(jobId, waitMs - SHORTEST_WAIT_MS)', 'await callbackOr(jobId, PATIENCE_MS)'],
    ['  calledBack.delete(jobId)\n', ''],
  ),

  // callback.acknowledged
  ts(
    { name: 'ts-409-for-a-duplicate', habit: 'callback.acknowledged' },
    [LISTENERS, `${LISTENERS}const seen = new Set<string>()\n`],
    [ACKNOWLEDGES, ''],
    [
      READS_JOB_ID,
      `${READS_JOB_ID}  response.writeHead(seen.has(jobId) ? 409 : 204).end()
  seen.add(jobId)
`,
    ],
  ),
  ts({ name: 'ts-takes-15-s-to-answer', habit: 'callback.acknowledged' }, [
    ACKNOWLEDGES,
    `  await sleep(15_000) // makes thumbnails\n${ACKNOWLEDGES}`,
  ]),
  ts(
    { name: 'ts-409-out-of-order', habit: 'callback.acknowledged' },
    [LISTENERS, `${LISTENERS}let newest = ''\n`],
    [
      ACKNOWLEDGES,
      `  const { completed_at: at } = JSON.parse(rawBody.toString('utf8')) as { completed_at: string }
  if (at < newest) return void response.writeHead(409).end()
  newest = at
${ACKNOWLEDGES}`,
    ],
  ),

  // callback.verified
  ts({ name: 'ts-trusts-every-callback', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    VERIFIES,
    '  if (secret === undefined) {\n',
  ]),
  ts({ name: 'ts-signs-its-own-json', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    '.update(rawBody)',
    '.update(JSON.stringify(JSON.parse(rawBody.toString())))',
  ]),
  ts({ name: 'ts-looks-at-the-prefix-only', habit: 'callback.verified', also: ['callback.signature-first'] }, [
    'return received.length === expected.length && timingSafeEqual(received, expected)',
    'return received.subarray(0, 7).equals(expected.subarray(0, 7))',
  ]),

  // callback.signature-first
  ts({ name: 'ts-verifies-only-what-is-signed', habit: 'callback.signature-first', also: ['callback.verified'] }, [
    VERIFIES,
    VERIFIES.replace('if (', "if (request.headers['x-phota-signature'] && "),
  ]),
  ts(
    { name: 'ts-parses-before-it-verifies', habit: 'callback.signature-first' },
    [READS_JOB_ID, ''],
    [VERIFIES, READS_JOB_ID + VERIFIES],
  ),
  ts(
    {
      name: 'ts-crashes-on-nonsense',
      habit: 'callback.signature-first',
      also: ['callback.acknowledged', 'callback.verified'],
    },
    [READS_JOB_ID, ''],
    [VERIFIES, READS_JOB_ID + VERIFIES],
    ['.catch(() => response.destroy())', ''],
  ),
  ts(
    { name: 'ts-takes-the-body-for-the-job', habit: 'callback.signature-first' },
    [LISTENERS, `${LISTENERS}const jobs = new Map<string, Job>()\n`],
    [READS_JOB_ID, ''],
    [
      VERIFIES,
      `${READS_JOB_ID}  jobs.set(jobId, JSON.parse(rawBody.toString('utf8')))
${VERIFIES}`,
    ],
    [
      '    let job: Job\n',
      `    const told = jobs.get(jobId)
    if (told) return told
    let job: Job
`,
    ],
  ),

  // result.in-time
  ts({ name: 'ts-downloads-20-seconds-later', habit: 'result.in-time' }, [
    '    const paths = urls',
    '    await sleep(20_000) // until the rush is over\n    const paths = urls',
  ]),

  // result.renewed
  ts({ name: 'ts-asks-the-same-url-again', habit: 'result.renewed' }, [
    `      if (URL_REFUSED.includes(error.status ?? 0)) throw new UrlRefused(\`download refused: \${error.message}\`)
      if (!error.isTransient || attempt === TRIES) throw error
`,
    '      if (attempt === TRIES) throw error\n',
  ]),
  ts({ name: 'ts-gives-up-on-a-refused-url', habit: 'result.renewed' }, [
    '      if (!(error instanceof UrlRefused) || attempt === TRIES) throw error\n',
    '      throw error\n',
  ]),

  // result.whole
  ts(
    { name: 'ts-pipes-into-the-file', habit: 'result.whole' },
    [LOOKS_AT_PICTURE, ''],
    [
      `      const picture = await send(url)
`,
      `      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(url, resolve).on('error', reject)
      })
      if (answer.statusCode !== 200) throw new ApiError('refused', answer.statusCode, answer.headers['retry-after'])
`,
    ],
    [
      `      await writeFile(\`\${path}.part\`, picture)\n`,
      `      answer.pipe(createWriteStream(\`\${path}.part\`))
      await new Promise((resolve) => answer.on('close', resolve))
`,
    ],
    ['import { createServer,', "import { createWriteStream } from 'node:fs'\nimport { createServer, get,"],
  ),
  ts(
    { name: 'ts-keeps-half-a-picture', habit: 'result.whole' },
    [LOOKS_AT_PICTURE, ''],
    [
      '    body = Buffer.from(await response.arrayBuffer())\n',
      `    const chunks: Uint8Array[] = []
    try {
      for await (const chunk of response.body!) chunks.push(chunk)
    } catch (error) {
      console.error(error)
    }
    body = Buffer.concat(chunks)
`,
    ],
  ),

  // secret.key-at-home
  ts({ name: 'ts-key-to-downloads', habit: 'secret.key-at-home' }, [
    'await send(url)',
    "await send(url, { headers: { 'X-API-Key': API_KEY } })",
  ]),
  ts({ name: 'ts-key-along-redirects', habit: 'secret.key-at-home' }, [", redirect: 'manual'", '']),

  // secret.not-in-url
  ts({ name: 'ts-key-in-the-query-of-polls', habit: 'secret.not-in-url' }, [
    `call<Job>('GET', \`/jobs/\${jobId}\`)`,
    `call<Job>('GET', \`/jobs/\${jobId}?key=\${API_KEY}\`)`,
  ]),
  ts({ name: 'ts-secret-in-the-callback-url', habit: 'secret.not-in-url' }, [
    '/callback`',
    `/callback?secret=\${secret}\``,
  ]),

  // lenient.fields
  ts({ name: 'ts-one-format-of-dates', habit: 'lenient.fields' }, [
    "  const ms = Date.parse(job.completed_at ?? '') - Date.parse(job.created_at ?? '')\n",
    `  const [from, to] = [job.created_at, job.completed_at].map((text) => {
    const [, ...parts] = /^(\\d+)-(\\d+)-(\\d+)T(\\d+):(\\d+):(\\d+)Z$/.exec(text!)!.map(Number)
    return Date.UTC(parts[0]!, parts[1]! - 1, ...parts.slice(2))
  })
  const ms = to! - from!
`,
  ]),
  ts({ name: 'ts-counts-known-subjects', habit: 'lenient.fields' }, [
    `      console.error(\`job \${jobId} took \${duration(job)}\`)\n`,
    `      console.error(\`\${Object.keys(job.result.known_subjects.counts).length} people in job \${jobId}\`)\n`,
  ]),
  ts({ name: 'ts-refuses-unknown-members', habit: 'lenient.fields' }, [
    '    lost = 0\n',
    `    lost = 0
    const { job_id, status, operation, result, error, created_at, completed_at, ...unknown } = job as any
    if (Object.keys(unknown).length > 0) throw new Error(\`job \${jobId}: unknown \${Object.keys(unknown)}\`)
`,
  ]),

  // lenient.text
  ts({ name: 'ts-ascii-only', habit: 'lenient.text' }, [
    'JSON.stringify(body)',
    "JSON.stringify(body).normalize('NFD').replace(/[^ -~]/g, '')",
  ]),
  ts({ name: 'ts-percent-signs', habit: 'lenient.text' }, [
    '    ...image,\n',
    '    ...image,\n    prompt: encodeURIComponent(image.prompt),\n',
  ]),
  ts({ name: 'ts-latin-1', habit: 'lenient.text', ends: 'error' }, [
    'method, headers, body: text,',
    "method, headers, body: text && Buffer.from(text, 'latin1'),",
  ]),
  whole('broken/content-length.ts', { name: 'ts-counts-characters', habit: 'lenient.text', ends: 'error' }),
]
