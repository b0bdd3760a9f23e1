import { type Client, changed, whole } from './client.ts'

/** Clients that keep every habit, and from which most others are made. */
const right: readonly Client[] = [
  whole('right.py', { name: 'py-right', receiver: true }),
  whole('right.ts', { name: 'ts-right', receiver: true }),
]

/** The right clients, with something that the guide leaves to them done otherwise. */
const variants: readonly Client[] = [
  changed(
    'right.py',
    { name: 'py-callback-first' },
    ['SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 10', 'SHORTEST_WAIT_S, LONGEST_WAIT_S = 1, 60'],
    ['    wait_s = SHORTEST_WAIT_S\n', '    wait_s = 5  # by then, the callback should be there\n'],
  ),
  changed('right.ts', { name: 'ts-polls-only', receiver: false }, [
    'port ? await startReceiver(Number(port)) : null',
    'null',
  ]),
  changed(
    'right.py',
    { name: 'py-slower-after-10-seconds' },
    ['    wait_s = SHORTEST_WAIT_S\n', '    wait_s = SHORTEST_WAIT_S\n    began = time.monotonic()\n'],
    [
      '        wait_s = min(wait_s * 1.5, LONGEST_WAIT_S)\n',
      `        if time.monotonic() > began + 10:
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
`,
    ],
  ),
  changed('right.ts', { name: 'ts-doubles-with-jitter' }, [
    'waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)',
    'waitMs = Math.min(waitMs * (1.5 + Math.random()), LONGEST_WAIT_MS)',
  ]),
  changed('right.py', { name: 'py-a-second-more-each-time' }, [
    'wait_s = min(wait_s * 1.5, LONGEST_WAIT_S)',
    'wait_s = min(wait_s + 1, LONGEST_WAIT_S)',
  ]),
  // The guide sets no deadline of its own.
  changed('right.ts', { name: 'ts-without-deadline' }, ['while (Date.now() < giveUpAt)', 'while (giveUpAt > 0)']),
  changed('right.py', { name: 'py-one-job' }, [
    `    {"prompt": "a lighthouse at noon", "num_output_images": 2},
    {"prompt": "Ölgemälde: ein Café in Kraków, nachts", "num_output_images": 1},
`,
    '',
  ]),
  changed(
    'right.ts',
    { name: 'ts-without-id-nor-second-try' },
    ['    client_request_id: randomUUID(),\n', ''],
    [
      `      if (!(error instanceof ApiError && error.isTransient) || attempt === TRIES) throw error
      await sleep(pauseMs(error, 250 * 2 ** attempt))
    }
  }
}

/** The job once`,
      `      throw error
    }
  }
}

/** The job once`,
    ],
  ),
  changed(
    'right.py',
    { name: 'py-a-process-for-each-job', receiver: false },
    ['import ThreadPoolExecutor', 'import ProcessPoolExecutor'],
    ['with ThreadPoolExecutor(', 'with ProcessPoolExecutor('],
    ['start_receiver(options.receiver_port) if options.receiver_port else None', 'None'],
  ),
  changed('right.ts', { name: 'ts-queue-of-its-own' }, [
    `await Promise.all(
  IMAGES.map((image) =>
    make(image, callbackUrl, directory).then(
      (paths) => console.log(paths.join('\\n')),
      (error: Error) => {
        process.exitCode = 1
        console.error(\`no picture of "\${image.prompt}": \${error.message}\`)
      },
    ),
  ),
)
`,
    `async function work(): Promise<void> {
  for (let image = IMAGES.shift(); image; image = IMAGES.shift()) {
    try {
      console.log((await make(image, callbackUrl, directory)).join('\\n'))
    } catch (error) {
      process.exitCode = 1
      console.error(\`no picture of "\${image.prompt}": \${(error as Error).message}\`)
    }
  }
}
await Promise.all([work(), work()])
`,
  ]),
  changed('right.ts', { name: 'ts-a-connection-for-each-request' }, [
    "'Content-Type': 'application/json' }",
    "'Content-Type': 'application/json', Connection: 'close' }",
  ]),
  changed('right.py', { name: 'py-head-before-get' }, [
    '            picture = send(url)\n',
    `            send(urllib.request.Request(url, method="HEAD"))
            picture = send(url)
`,
  ]),
  // What is cut off in a connection, HTTP tells; the guide promises nothing more of pictures.
  changed('right.py', { name: 'py-trusts-content-length' }, [
    `            if not is_whole_jpeg(picture):
                raise ApiError("the picture is cut off")
`,
    '',
  ]),
  changed('right.ts', { name: 'ts-reads-poll-url' }, [
    "(await call<{ job_id: string }>('POST', '/generate', body)).job_id",
    "(await call<{ poll_url: string }>('POST', '/generate', body)).poll_url.split('/').at(-1)!",
  ]),
  changed(
    'right.py',
    { name: 'py-id-from-the-request' },
    ['str(uuid.uuid4())', 'str(uuid.uuid5(RUN, json.dumps(image)))'],
    ['\nTIMEOUT_S = 60', '\nRUN = uuid.uuid4()\n\nTIMEOUT_S = 60'],
  ),
  changed(
    'right.py',
    { name: 'py-other-operations' },
    ['call("POST", "/generate", body)', 'call("POST", "/enhance" if "image" in body else "/generate", body)'],
    ['{"prompt": "a lighthouse at noon", ', '{"image": PNG, "prompt": "brighter", '],
    [
      'IMAGES = [',
      `PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

IMAGES = [`,
    ],
  ),
]

/** Programs of their own. */
const others: readonly Client[] = [
  whole('lawful/curl.sh', {
    name: 'bash-curl',
    needs: [
      ['curl', '--version'],
      ['jq', '--version'],
    ],
  }),
  whole('lawful/Client.java', { name: 'java-http-client' }),
  whole('lawful/client.pl', { name: 'perl-http-tiny' }),
  whole('lawful/sync.py', { name: 'py-synchronous' }),
  changed(
    'lawful/sync.py',
    { name: 'py-synchronous-urls' },
    ['"output_format": "jpg"}', '"output_format": "jpg", "response_mode": "urls"}'],
    [
      'return [base64.b64decode(image) for image in json.loads(response.read())["images"]]',
      'return [urllib.request.urlopen(url, timeout=60).read() for url in json.loads(response.read())["download_urls"]]',
    ],
  ),
  whole('lawful/with_requests.py', { name: 'py-requests', needs: [['python3', '-c', 'import requests']] }),
  whole('lawful/with_httpx.py', { name: 'py-httpx', needs: [['python3', '-c', 'import httpx']] }),
  whole('lawful/test_pictures.py', { name: 'py-pytest', needs: [['python3', '-m', 'pytest', '--version']] }, (path) => [
    ...['python3', '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider'],
    path,
  ]),
  whole('lawful/pictures.ts', { name: 'ts-node-test' }, (path) => [
    ...[process.execPath, '--experimental-strip-types', '--disable-warning=ExperimentalWarning', '--test'],
    path,
  ]),
]

/** Programs that keep every habit. */
export const lawful: readonly Client[] = [...right, ...variants, ...others]
