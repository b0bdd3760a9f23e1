import { request as httpRequest, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { PNG } from '../target/pictures.ts'
import type { HostileTarget, Visit } from './front.ts'

const isPoll = ({ request, path }: Visit): boolean => request.method === 'GET' && path.includes('/jobs/')
const isImage = ({ request, path }: Visit): boolean =>
  request.method === 'POST' && /\/(edit|generate|enhance|remix)$/.test(path)
const isSync = (visit: Visit): boolean => isImage(visit) && !visit.body.includes('"async":true')

const JSON_TYPE = { 'content-type': 'application/json', 'x-request-id': 'hostile' }

/** Whatever is asked, but for these. */
function when(is: (visit: Visit) => boolean, act: (visit: Visit) => void | Promise<void>): HostileTarget['visit'] {
  return (visit) => {
    if (is(visit)) Promise.resolve(act(visit)).catch(() => visit.response.destroy())
    else visit.passOn()
  }
}

/** Writes for ever, as fast as it is read. */
async function pour(response: ServerResponse, chunk: string | Buffer): Promise<void> {
  await pipeline(function* () {
    for (;;) yield chunk
  }, response)
}

function job({ path }: Visit, more: object): string {
  const id = path.split('?')[0]?.split('/').at(-1)
  const times = { created_at: '2026-06-22T12:00:00Z', completed_at: null }
  return JSON.stringify({
    job_id: id,
    status: 'running',
    operation: 'generate',
    result: null,
    error: null,
    ...times,
    ...more,
  })
}

function withUrls(visit: Visit, urls: string[]): string {
  const result = { images: [], download_urls: urls, known_subjects: { counts: {} } }
  return job(visit, { status: 'succeeded', completed_at: '2026-06-22T12:00:18Z', result })
}

/** Every job has ended, with these URLs; what lies there is served by `serve`. */
function downloads(
  urlsOf: (origin: string) => string[],
  serve: (visit: Visit) => void | Promise<void>,
): HostileTarget['visit'] {
  return (visit) => {
    if (isPoll(visit)) visit.response.writeHead(200, JSON_TYPE).end(withUrls(visit, urlsOf(visit.origin)))
    else if (visit.path.startsWith('/file')) Promise.resolve(serve(visit)).catch(() => visit.response.destroy())
    else visit.passOn()
  }
}

const once128MiB = (compress: (bytes: Buffer) => Buffer): (() => Buffer) => {
  let bomb: Buffer | undefined
  return () => (bomb ??= compress(Buffer.alloc(128 * 2 ** 20, 0x20)))
}
const gzipBomb = once128MiB((bytes) => gzipSync(bytes))
const brotliBomb = once128MiB((bytes) => brotliCompressSync(bytes, { params: { 1: 1 } }))

let large: Promise<Buffer> | undefined
const largePicture = (): Promise<Buffer> => (large ??= grey(15_000).png().toBuffer())
let progressive: Promise<Buffer> | undefined
const progressivePicture = (): Promise<Buffer> => (progressive ??= grey(4_800).jpeg({ progressive: true }).toBuffer())
const grey = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: 'grey' } })

/** Base64 of 31 MiB that begins like a PNG. */
const longPicture = (): string => Buffer.concat([PNG.subarray(0, 33), Buffer.alloc(23 * 2 ** 20, 7)]).toString('base64')

/** Origins of targets whose first job was enough. */
const flooded = new Set<string>()

async function flood(url: string, body: string): Promise<void> {
  let left = 10_000
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (left-- > 0) {
        await new Promise<void>((resolve) => {
          const post = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } })
          post.on('response', (answer) => answer.resume().on('end', resolve))
          post.on('error', () => resolve())
          post.end(body)
        })
      }
    }),
  )
}

export const hostileTargets: readonly HostileTarget[] = [
  {
    name: 'an endless body',
    visit: when(isPoll, async ({ response }) => {
      response.writeHead(200, JSON_TYPE)
      await pour(response, Buffer.alloc(65_536, 0x20))
    }),
  },
  {
    name: 'a gzip bomb',
    visit: when(isPoll, ({ response }) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipBomb())
    }),
  },
  {
    name: 'a brotli bomb for a synchronous result',
    visit: when(isSync, ({ response }) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'br' }).end(brotliBomb())
    }),
  },
  {
    name: 'synchronous results of 31 MiB',
    visit: when(isSync, ({ response }) => {
      const result = { images: [longPicture()], download_urls: [], known_subjects: { counts: {} } }
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(result))
    }),
  },
  {
    name: 'a body that drips',
    visit: when(isPoll, async ({ response }) => {
      response.writeHead(200, JSON_TYPE)
      for (; !response.destroyed; await sleep(500)) response.write(' ')
    }),
  },
  { name: 'silence', visit: when(isPoll, () => undefined) },
  {
    name: 'an endless stream of 1xx',
    visit: when(isPoll, async ({ response }) => {
      for (; !response.destroyed; await sleep(1)) response.writeProcessing()
    }),
  },
  {
    name: 'huge headers',
    visit: when(isPoll, ({ response }) => {
      response.writeHead(200, { ...JSON_TYPE, 'x-huge': 'x'.repeat(10 * 2 ** 20) }).end('{}')
    }),
  },
  {
    name: 'no HTTP',
    visit: when(isPoll, ({ request }) => void request.socket.end('HTTP/1.1 2OO fine\r\n\0\0\0 nonsense')),
  },
  {
    name: 'a reset in the middle of a body',
    visit: when(isPoll, ({ request, response }) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 1_000 }).write('{"job_id":')
      setTimeout(() => request.socket.resetAndDestroy(), 50)
    }),
  },
  {
    name: 'JSON nested 100,000 levels deep',
    visit: when(isPoll, ({ response }) => {
      response.writeHead(200, JSON_TYPE).end('['.repeat(100_000) + ']'.repeat(100_000))
    }),
  },
  {
    name: 'jobs that never end',
    visit: when(isPoll, (visit) => void visit.response.writeHead(200, JSON_TYPE).end(job(visit, {}))),
  },
  {
    name: 'endless redirects',
    visit: (visit) => {
      const { request, response, path, origin } = visit
      if (path.startsWith('/file')) response.writeHead(302, { location: `${origin}${path}x` }).end()
      else if (request.method !== 'GET' || path.includes('webhook-secret')) visit.passOn()
      else if (path.endsWith('//')) response.writeHead(200, JSON_TYPE).end(withUrls(visit, [`${origin}/file`]))
      else response.writeHead(307, { location: path.endsWith('/') ? path.slice(0, -1) : `${path}/` }).end()
    },
  },
  {
    name: 'downloads that are redirected for ever',
    visit: downloads(
      (origin) => [`${origin}/file`, `${origin}/file2`],
      ({ response, path, origin }) => void response.writeHead(302, { location: `${origin}${path}x` }).end(),
    ),
  },
  {
    name: '100,000 download URLs',
    visit: downloads(
      (origin) => Array.from({ length: 100_000 }, (_, nth) => `${origin}/file${nth}`),
      ({ response }) => void response.writeHead(200, { 'content-type': 'image/png' }).end(PNG),
    ),
  },
  {
    name: '5,000 download URLs, within 256 KiB',
    visit: downloads(
      (origin) => Array.from({ length: 5_000 }, (_, nth) => `${origin}/file${nth}`),
      ({ response }) => void response.writeHead(200, { 'content-type': 'image/png' }).end(PNG),
    ),
  },
  {
    name: 'endless downloads',
    visit: downloads(
      (origin) => [`${origin}/file1`, `${origin}/file2`],
      async ({ response }) => {
        response.writeHead(200, { 'content-type': 'image/png' }).write(PNG)
        await pour(response, Buffer.alloc(65_536, 7))
      },
    ),
  },
  {
    name: 'pictures of 225 megapixels',
    visit: downloads(
      (origin) => [`${origin}/file1`, `${origin}/file2`],
      async ({ response }) => void response.writeHead(200, { 'content-type': 'image/png' }).end(await largePicture()),
    ),
  },
  {
    name: 'progressive pictures of 23 megapixels',
    visit: downloads(
      (origin) => [`${origin}/file1`, `${origin}/file2`],
      async ({ response }) =>
        void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(await progressivePicture()),
    ),
  },
  {
    name: '10,000 callbacks for a job',
    visit: (visit) => {
      const { body, origin } = visit
      const url = /"callback_url":"(http:[^"]+)"/.exec(body)?.[1]
      visit.passOn()
      if (url === undefined || flooded.has(origin)) return
      flooded.add(origin)
      void flood(url, '{"job_id":"nobody","status":"succeeded"}')
    },
  },
  {
    name: '429 for ever',
    visit: when(
      ({ path }) => !path.includes('webhook-secret'),
      ({ response }) => void response.writeHead(429, { 'retry-after': '1' }).end(),
    ),
  },
  {
    name: '429 after taking the job',
    liesAboutMoney: true,
    visit: when(isImage, async ({ response, doWork }) => {
      await doWork()
      response.writeHead(429, { 'retry-after': '0' }).end()
    }),
  },
  {
    name: '500 after taking the job',
    liesAboutMoney: true,
    visit: when(isImage, async ({ response, doWork }) => {
      await doWork()
      response.writeHead(500, JSON_TYPE).end('{"code":"INTERNAL","detail":"x","request_id":"hostile"}')
    }),
  },
  {
    name: 'a reset after taking the job',
    liesAboutMoney: true,
    visit: when(isImage, async ({ request, doWork }) => {
      await doWork()
      request.socket.resetAndDestroy()
    }),
  },
  {
    name: 'one job_id for every job taken',
    liesAboutMoney: true,
    visit: when(isImage, async ({ response, doWork }) => {
      await doWork()
      const id = '0'.repeat(32)
      response
        .writeHead(202, JSON_TYPE)
        .end(JSON.stringify({ job_id: id, status: 'pending', poll_url: `/v1/phota/jobs/${id}` }))
    }),
  },
  {
    name: 'an endless control API',
    hasControl: true,
    visit: when(
      ({ request, path }) => path.startsWith('/_mock/') && request.method !== 'GET',
      async ({ response }) => {
        response.writeHead(200, JSON_TYPE).write('{"id":"w","worlds":[0')
        await pour(response, ',0'.repeat(32_768))
      },
    ),
  },
  {
    name: 'a silent control API',
    hasControl: true,
    visit: when(
      ({ path }) => path.startsWith('/_mock/') && path !== '/_mock/worlds',
      () => undefined,
    ),
  },
]
