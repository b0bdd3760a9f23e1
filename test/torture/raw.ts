import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { chance, type Part, type Round } from './part.ts'
import { ASYNC, askJson, brokenInvariants, type Target } from './target.ts'

const TIMES_EACH = 2
const BODY = JSON.stringify({ prompt: 'a lighthouse', ...ASYNC })
const HEAD = 'Host: 127.0.0.1\r\nX-API-Key: test-key-alice\r\nContent-Type: application/json\r\n'
const ABSOLUTE_TARGETS = [
  'http://evil.example/_mock/worlds',
  'http://',
  'http://[',
  'https:///x',
  'ftp://a/b',
  'http://127.0.0.1//[',
]
const STRANGE_TARGETS = [
  '//',
  '//[',
  '//%zz/',
  '*',
  '?__proto__=1',
  '/_mock/worlds?__proto__=1',
  '/_mock/worlds/default/journal.har?constructor=',
  '#x',
  '/v1/phota/jobs/%',
]
const post = (more: string, body: string, path = '/v1/phota/generate'): string =>
  `POST ${path} HTTP/1.1\r\n${HEAD}${more}\r\n${body}`
const whole = (body: string): string => post(`Content-Length: ${Buffer.byteLength(body)}\r\n`, body)
const POLL = `GET /v1/phota/jobs/${'0'.repeat(32)} HTTP/1.1\r\n${HEAD}\r\n`
const chunked = (chunks: string): string => post('Transfer-Encoding: chunked\r\n', chunks)

type Rough = (socket: Socket, random: () => number) => void | Promise<void>

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const send =
  (bytes: string | ((random: () => number) => string)): Rough =>
  (socket, random) =>
    void socket.end(typeof bytes === 'string' ? bytes : bytes(random), 'latin1')
const cut = (text: string, random: () => number): string => text.slice(0, Math.floor(random() * text.length))
const pick = <Value>(values: readonly Value[], random: () => number): Value =>
  values[Math.floor(random() * values.length)] as Value

/** What clients do to a socket, other than talk HTTP. */
const ROUGH: Readonly<Record<string, Rough>> = {
  'a request cut at any byte': send((random) =>
    cut(pick([whole(BODY), POLL, chunked(`${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`)], random), random),
  ),
  'a reset at any byte': async (socket, random) => {
    socket.write(cut(whole(BODY), random))
    await pause(random() * 10)
    socket.resetAndDestroy()
  },
  'a reset after the request': async (socket, random) => {
    socket.write(pick([whole(BODY), POLL, whole('{"prompt": "synchronous"}')], random))
    await pause(random() * 5)
    socket.resetAndDestroy()
  },
  'a bad chunk': send((random) =>
    chunked(
      pick(
        ['zz\r\nabc\r\n', '-1\r\n', 'ffffffffffffffffff\r\n', '5\r\nab', '0\r\nX: \0\r\n\r\n', '3;ext\r\nab\r\n'],
        random,
      ),
    ),
  ),
  'a wrong length': send((random) =>
    post(
      pick(
        [
          'Content-Length: -1\r\n',
          'Content-Length: 1e9\r\n',
          'Content-Length: 5\r\nContent-Length: 6\r\n',
          'Content-Length: 99999999999\r\n',
          'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
        ],
        random,
      ),
      BODY,
    ),
  ),
  'huge headers': send((random) => post(`X-Huge: ${'x'.repeat(random() * 100_000)}\r\n`, BODY)),
  'many headers': send(() => post(Array.from({ length: 5000 }, (_, i) => `X-${i}: 1\r\n`).join(''), BODY)),
  'pipelined requests': send((random) =>
    Array.from({ length: 50 }, () => pick([POLL, whole(BODY), whole('{')], random)).join(''),
  ),
  'pipelined, and nobody reads': async (socket, random) => {
    socket.pause()
    socket.write(POLL.repeat(500))
    await pause(random() * 50)
    socket.resetAndDestroy()
  },
  'a slow body': async (socket) => {
    socket.write(post(`Content-Length: ${BODY.length}\r\n`, ''))
    for (const byte of BODY.slice(0, 20)) {
      socket.write(byte)
      await pause(5)
    }
    socket.end()
  },
  'an upgrade': send(
    (random) =>
      `GET ${pick(['/', '/v1/phota/webhook-secret', '/_mock/worlds/default/events'], random)} HTTP/1.1\r\n` +
      `${HEAD}Connection: Upgrade, HTTP2-Settings\r\n` +
      `Upgrade: ${pick(['websocket', 'h2c', '\u00ff'], random)}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  ),
  'two Host headers': send(() => `GET /_mock/worlds HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n`),
  'no Host header': send(() => 'GET /_mock/worlds HTTP/1.1\r\n\r\n'),
  'absolute-form': send((random) => `GET ${pick(ABSOLUTE_TARGETS, random)} HTTP/1.1\r\n${HEAD}\r\n`),
  CONNECT: send(
    (random) => `CONNECT ${pick(['127.0.0.1:80', '/', '', 'a:b:c', '[::1]:1'], random)} HTTP/1.1\r\n${HEAD}\r\n`,
  ),
  'NUL and other bytes': send((random) =>
    pick(
      [
        `GET /\0 HTTP/1.1\r\n${HEAD}\r\n`,
        `GET / HTTP/1.1\r\nX: \0\r\n\r\n`,
        '\0'.repeat(1000),
        `GET /\u00ff\u00fe HTTP/1.1\r\n${HEAD}\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\x16\x03\x01\x02\x00\x01',
      ],
      random,
    ),
  ),
  'a strange target': send((random) => `GET ${pick(STRANGE_TARGETS, random)} HTTP/1.1\r\n${HEAD}\r\n`),
  'an event stream that nobody reads': async (socket, random) => {
    socket.pause()
    socket.write(`GET /_mock/worlds/default/events HTTP/1.1\r\n${HEAD}\r\n`)
    await pause(random() * 100)
    socket.resetAndDestroy()
  },
  'a stream, left before it begins': send(`GET /_mock/worlds/default/events HTTP/1.1\r\n${HEAD}\r\n`),
  'Expect, and no body': send(post('Expect: 100-continue\r\nContent-Length: 5\r\n', '')),
}

/** Bytes that are no HTTP, or not all of it. */
export const raw: Part = {
  name: 'raw',
  about: 'raw sockets: cut, slow, malformed, pipelined and reset requests',
  rounds: { full: 300, short: 10 },
  async run(round) {
    const random = chance(round.seed)
    const target = await round.open()
    await ordinary(round, target, 'before anything')
    const before = (await target.figures()).sockets
    const attacks = Object.keys(ROUGH).flatMap((name) => Array.from({ length: TIMES_EACH }, () => name))
    const seeds = attacks.map(() => random() * 2 ** 31)
    const answers = await Promise.all(
      attacks.map((name, i) => attack(target.url, ROUGH[name] as Rough, chance(seeds[i] as number))),
    )
    round.tried('connections', attacks.length)
    for (const [i, answer] of answers.entries()) {
      const name = attacks[i] as string
      if (/HTTP\/1.1 500/.test(answer)) round.broke('500 that nobody asked for', answer.slice(0, 500), name)
      const isRefused = answer === '' || answer.startsWith('HTTP/1.1 400')
      if (name === 'two Host headers' && !isRefused) round.broke('two Host headers are taken', answer.slice(0, 500))
    }
    const example = 'after all of raw.ts at once'
    if (!target.isAlive) return round.broke('the server ended', example)
    await ordinary(round, target, example)
    const after = await settled(target, before)
    if (after > before) round.broke('connections stay open', `${before} before, ${after} ${example}`)
    round.tried('checks of the invariants')
  },
}

/** Does it, and waits until the connection is closed; at most 2 s, because nobody has to answer everything. */
async function attack(url: string, rough: Rough, random: () => number): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    if (answer.length < 100_000) answer += text
  })
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await Promise.race([once(socket, 'connect'), closed])
  await rough(socket, random)
  await Promise.race([closed, pause(2000)])
  socket.destroy()
  return answer
}

async function ordinary(round: Round, { url }: Target, example: string): Promise<void> {
  const submit = await askJson(url, 'POST', '/generate', { prompt: 'a lighthouse', ...ASYNC }, 'test-key-alice')
  if (submit.status !== 202) round.broke(`an ordinary submit is answered ${submit.status}`, `${submit.text} ${example}`)
  for (const broken of await brokenInvariants(url))
    round.broke(broken.replace(/: [{<"].*/s, ''), `${broken}\n${example}`)
}

/** Our own kept connections are among them, so that only more than before counts. */
async function settled(target: Target, before: number): Promise<number> {
  for (let i = 0; i < 20; i++) {
    const { sockets } = await target.figures()
    if (sockets <= before) return sockets
    await pause(100)
  }
  return (await target.figures()).sockets
}
