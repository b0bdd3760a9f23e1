import { createHash } from 'node:crypto'
import { SHOWN_CHARACTERS } from '../../report/exchange-record.ts'
import { type Exchange, fieldOf, jsonOf, type Picture } from './exchange.ts'
import { NoAnswer } from './line.ts'
import { Slots } from './slots.ts'

/** The largest output of the API has 16.8; what is larger would fill the memory when it is decoded. */
const MOST_MEGAPIXELS = 24
const MOST_PICTURES = 16
const SHOWN_BASE64 = 64

/** One at a time, because a decoded picture takes up to 200 MB. */
const decoding = new Slots(1)

/** The last few that were looked at, by sha256: many downloads are of one picture. */
const described = new Map<string, Picture>()
const MOST_REMEMBERED = 100

/** @throws {NoAnswer} if it has too many pixels to be decoded, or sharp is not there */
export async function describePicture(bytes: Uint8Array): Promise<Picture> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const known = described.get(sha256)
  if (known !== undefined) return known
  const picture = await decode(bytes, sha256)
  if (described.size >= MOST_REMEMBERED) described.clear()
  described.set(sha256, picture)
  return picture
}

async function decode(bytes: Uint8Array, sha256: string): Promise<Picture> {
  const format = formatOf(bytes)
  const base = { format, bytes: bytes.length, sha256 }
  const broken = { ...base, isWhole: false, width: 0, height: 0 }
  if (bytes.length === 0) return { ...broken, problem: 'it is empty' }
  if (format === 'other') {
    return {
      ...broken,
      problem: `it begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}, as neither PNG nor JPEG does`,
    }
  }
  return await decoding.run(async () => {
    const sharp = await loadSharp()
    const open = () => sharp(bytes, { failOn: 'error', limitInputPixels: false, sequentialRead: true })
    try {
      const { width, height } = await open().metadata()
      const megapixels = (width * height) / 1e6
      if (megapixels > MOST_MEGAPIXELS) {
        throw new NoAnswer(
          `sent a picture of ${Math.round(megapixels)} megapixels; none beyond ${MOST_MEGAPIXELS} is decoded`,
        )
      }
      // Every pixel goes into one of these, so that all of them are read; without the decoder's own shortcuts.
      await open().resize(16, 16, { fit: 'fill', fastShrinkOnLoad: false }).raw().toBuffer()
      const isCut = !(format === 'png' ? hasPngEnd : hasJpegEnd)(bytes)
      return { ...base, isWhole: !isCut, width, height, problem: isCut ? 'its end is missing' : null }
    } catch (error) {
      if (error instanceof NoAnswer) throw error
      const [line = ''] = (error as Error).message.split('\n')
      return { ...broken, problem: `it cannot be decoded: ${line.slice(0, 200)}` }
    }
  })
}

async function loadSharp(): Promise<typeof import('sharp').default> {
  try {
    const { default: sharp } = await import('sharp')
    // It would keep what it decoded, hundreds of MB of it.
    sharp.cache(false)
    return sharp
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]
    throw new NoAnswer(`sent a picture that cannot be decoded here, because sharp is missing: ${why}`)
  }
}

/** A picture as a synchronous result carries it. */
export async function describeBase64(text: string): Promise<Picture> {
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return await describePicture(Buffer.from(text, 'base64'))
  const bytes = Buffer.from(text)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    format: 'other',
    isWhole: false,
    width: 0,
    height: 0,
    problem: 'it is no base64',
    bytes: bytes.length,
    sha256,
  }
}

/** Looks at a download: leaves the picture's description, and as much of its bytes as reports show. */
export async function lookAtDownload(exchange: Exchange): Promise<void> {
  if (exchange.status === 200) exchange.picture = await describePicture(exchange.bytes)
  exchange.bytes = exchange.bytes.slice(0, SHOWN_CHARACTERS)
}

/** One at a time, because parsing holds several copies of a long result in memory. */
const looking = new Slots(1)

/** Looks at the pictures in a synchronous result, and leaves the first characters of each in it. */
export async function lookAtResult(exchange: Exchange): Promise<void> {
  if (exchange.status === 200) await looking.run(() => describeImages(exchange))
}

async function describeImages(exchange: Exchange): Promise<void> {
  const result = jsonOf(exchange)
  const images = fieldOf(result, 'images')
  if (!Array.isArray(images) || images.length === 0) return
  const pictures: Picture[] = []
  for (const image of images.slice(0, MOST_PICTURES)) {
    if (typeof image === 'string') pictures.push(await describeBase64(image))
  }
  exchange.pictures = pictures
  const shortened = images.map((image, nth) => (typeof image === 'string' ? shorten(image, pictures[nth]) : image))
  exchange.bytes = new TextEncoder().encode(JSON.stringify({ ...(result as object), images: shortened }))
}

/** Still base64 if it was base64. */
function shorten(image: string, picture: Picture | undefined): string {
  if (image.length <= SHOWN_BASE64) return image
  return `${image.slice(0, SHOWN_BASE64)}${picture?.problem === 'it is no base64' ? '…' : ''}`
}

function formatOf(bytes: Uint8Array): Picture['format'] {
  const head = Buffer.from(bytes.subarray(0, 8)).toString('hex')
  if (head === '89504e470d0a1a0a') return 'png'
  return head.startsWith('ffd8ff') ? 'jpg' : 'other'
}

/** The last chunk, with its checksum. The decoder does without. */
function hasPngEnd(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = view.lastIndexOf('IEND', undefined, 'latin1')
  return at > 0 && at + 8 <= view.length
}

/** An end-of-image marker behind the last scan. Whether the decoder misses it depends on the picture. */
function hasJpegEnd(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.lastIndexOf('ffd9', undefined, 'hex') > view.lastIndexOf('ffda', undefined, 'hex')
}
