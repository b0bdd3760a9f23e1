import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { Answer } from '../answer.ts'
import type { Behaviour, Layer } from '../behaviour.ts'
import { type Call, isDownload } from '../edge/call.ts'
import { layered, onAnswer, withHeaders, withoutLength } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'

const open = 'downloads'

const onFile = (change: (answer: Answer, call: Call) => Answer | Promise<Answer>): Layer =>
  onAnswer((answer, call) => (isDownload(call) && answer.status === 200 ? change(answer, call) : answer))

/** Downloads with other bytes of the same format. */
const inBytes = (make: (format: 'jpeg' | 'png', plain: Buffer) => Promise<Buffer> | Buffer): (() => Behaviour) =>
  layered(
    onFile(async (answer) => {
      const format = answer.type === 'image/png' ? 'png' : 'jpeg'
      return { ...answer, body: await make(format, Buffer.from(answer.body)) }
    }),
  )

const blank = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#8a9ba8' } })

/** A text chunk in front of the last chunk, which has 12 bytes. */
function withChunk(png: Buffer): Buffer {
  const named = Buffer.from('tEXtSoftware\0phota-target')
  const chunk = Buffer.alloc(named.length + 8)
  chunk.writeUInt32BE(named.length - 4)
  named.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(named), named.length + 4)
  return Buffer.concat([png.subarray(0, -12), chunk, png.subarray(-12)])
}

const refusedAs = (status: number): Variant => ({
  id: `refused-${status}`,
  open,
  description: `a download URL that was changed or has expired is ${status}`,
  build: layered(
    onAnswer((answer, call) => (isDownload(call) && answer.status >= 400 ? { ...answer, status } : answer)),
  ),
  shows: async (probe) => {
    const { url } = await probe.download()
    return (await probe.send(url.href.replace(/token=./, 'token=z'), { key: null })).status === status
  },
})

/** What a good URL answers: a redirect to storage, where a token of its own opens the file for a minute. */
function redirect(status: number, isAbsolute: boolean): Behaviour {
  const passes = new Map<string, { until: number; call: Call }>()
  return {
    layer: async (call, next, { downloads }) => {
      if (!isDownload(call)) return next(call)
      const pass = passes.get(call.url.searchParams.get('pass') ?? '')
      if (call.url.pathname === '/storage') {
        return pass && pass.until > Date.now() ? next(pass.call) : { status: 403, type: null, body: '' }
      }
      const answer = await next(call)
      if (answer.status !== 200) return answer
      const id = randomBytes(16).toString('hex')
      passes.set(id, { until: Date.now() + 60_000, call })
      const location = `${isAbsolute ? downloads.origin : ''}/storage?pass=${id}`
      return { status, type: 'text/plain', body: 'Moved', headers: { location } }
    },
  }
}

const redirects = (status: number, isAbsolute: boolean): Variant => ({
  id: `download-redirect-${status}`,
  open,
  description: `a download URL is a ${status} to storage, ${isAbsolute ? 'absolute' : 'relative'}`,
  build: () => redirect(status, isAbsolute),
  shows: async (probe) => {
    const { status: seen, headers } = await probe.download()
    const stored = await probe.send(headers.location ?? '/', { key: null })
    return seen === status && stored.headers['content-type'] === 'image/jpeg'
  },
})

/** HEAD as GET without a body. */
const head: Layer = (call, next) => next(call.method === 'HEAD' && isDownload(call) ? { ...call, method: 'GET' } : call)

const etagOf = ({ body }: Answer): string => `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`

/** What a download URL answers. */
export const downloadAnswers: readonly Variant[] = [
  ...[400, 401, 404, 410].map(refusedAs),
  redirects(302, false),
  redirects(303, true),
  redirects(307, true),
  {
    id: 'download-octet-stream',
    open,
    description: 'a download is `application/octet-stream`',
    build: layered(onFile((answer) => ({ ...answer, type: 'application/octet-stream' }))),
    shows: async (probe) => (await probe.download()).headers['content-type'] === 'application/octet-stream',
  },
  {
    id: 'download-type-case',
    open,
    description: 'the type of a download is `Image/jpeg`',
    build: layered(onFile((answer) => ({ ...answer, type: String(answer.type).replace('image/', 'Image/') }))),
    shows: async (probe) => (await probe.download()).headers['content-type'] === 'Image/jpeg',
  },
  {
    id: 'download-attachment',
    open,
    description: 'a download has `Content-Disposition`',
    build: layered(
      onFile((answer) => withHeaders(answer, { 'content-disposition': 'attachment; filename="a b.jpg"' })),
    ),
    shows: async (probe) => 'content-disposition' in (await probe.download()).headers,
  },
  {
    id: 'download-cached',
    open,
    description: 'a download has caching headers, and is 304 to who has it',
    build: layered(
      onFile((answer, call) => {
        const etag = etagOf(answer)
        const headers = { etag, 'cache-control': 'private, max-age=86400', 'accept-ranges': 'bytes' }
        if (call.headers['if-none-match'] !== etag) return withHeaders(answer, headers)
        return { status: 304, type: null, body: '', headers }
      }),
    ),
    shows: async (probe) => {
      const { headers, url } = await probe.download()
      const asked = { key: null, headers: { 'if-none-match': headers.etag ?? '' } }
      return (await probe.send(url.href, asked)).status === 304
    },
  },
  {
    id: 'download-head',
    open,
    description: 'HEAD of a download URL is 200',
    build: layered(head),
    shows: async (probe) => (await probe.download({}, { method: 'HEAD' })).status === 200,
  },
  {
    id: 'download-head-405',
    open,
    description: 'HEAD of a download URL is 405',
    build: layered((call, next) =>
      call.method === 'HEAD' && isDownload(call)
        ? { status: 405, type: null, body: '', headers: { allow: 'GET' } }
        : next(call),
    ),
    shows: async (probe) => (await probe.download({}, { method: 'HEAD' })).status === 405,
  },
  {
    id: 'image-larger',
    open,
    description: 'outputs have 640 × 480 pixels',
    build: inBytes((format) => blank(640, 480).toFormat(format).toBuffer()),
    shows: async (probe) => (await sharp((await probe.download()).bytes).metadata()).width === 640,
  },
  {
    id: 'image-progressive',
    open,
    description: 'outputs are progressive JPEG, or interlaced PNG',
    build: inBytes((format) => blank(64, 64).toFormat(format, { progressive: true }).toBuffer()),
    shows: async (probe) => (await sharp((await probe.download()).bytes).metadata()).isProgressive === true,
  },
  {
    id: 'image-exif',
    open,
    description: 'JPEG outputs begin with EXIF and a colour profile',
    build: inBytes((format, plain) =>
      format === 'png'
        ? plain
        : blank(32, 32)
            .withExif({ IFD0: { Software: 'phota' } })
            .withIccProfile('srgb')
            .jpeg()
            .toBuffer(),
    ),
    shows: async (probe) => (await sharp((await probe.download()).bytes).metadata()).exif !== undefined,
  },
  {
    id: 'image-png-chunks',
    open,
    description: 'PNG outputs have a text chunk more',
    build: inBytes((format, plain) => (format === 'png' ? withChunk(plain) : plain)),
    shows: async (probe) => (await probe.download({ output_format: 'png' })).bytes.includes('phota-target'),
  },
  {
    id: 'download-chunked',
    open,
    description: 'a download is sent in chunks, without its length',
    build: layered(onFile(withoutLength)),
    shows: async (probe) => (await probe.download()).headers['content-length'] === undefined,
  },
]
