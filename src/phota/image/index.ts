import { availableParallelism } from 'node:os'
import { ClientLeft } from '../../api/interruptions.ts'
import type { ImageSpec } from './draw.ts'

export type { ImageSpec }

/** An image and the file it is to be. */
export interface ImageFileSpec extends ImageSpec {
  format: 'png' | 'jpg'
}

// A 4K raster takes 50 MB: more at once than there are cores would cost memory and save no time.
let free = availableParallelism()
const waiting: (() => void)[] = []

/**
 * The file of an output image or a profile picture. The same spec gives the same bytes.
 *
 * @param hasLeft whether the client that wants it is gone; asked when its turn comes
 * @returns the bytes of a PNG or JPEG file of `width × height` pixels
 * @throws {ClientLeft}
 * @throws {NotImplemented} where images cannot be encoded
 */
export async function renderImage(spec: ImageFileSpec, hasLeft: () => boolean = () => false): Promise<Uint8Array> {
  if (free > 0) free--
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    if (hasLeft()) throw new ClientLeft()
    // Only now, because most tests never look at a picture.
    const [{ drawImage }, { encodeImage }] = await Promise.all([import('./draw.ts'), import('./encode.ts')])
    return await encodeImage(await drawImage(spec), spec)
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}

/**
 * Loads and compiles what the first image needs, so that whoever asks for it does not wait.
 *
 * @param isOver whether nobody will ask any more
 * @throws {ClientLeft}
 */
export async function warmUpImages(isOver: () => boolean): Promise<void> {
  for (const format of ['jpg', 'png'] as const) {
    const spec = { operation: 'generate', jobId: '0'.repeat(32), output: 1, width: 256, height: 256, format } as const
    await renderImage(spec, isOver)
  }
}
