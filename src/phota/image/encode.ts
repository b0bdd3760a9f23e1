import { NoEncoder } from './no-encoder.ts'

/** How a raster is to be encoded; `width` and `height` in pixels. */
export interface EncodeOptions {
  width: number
  height: number
  format: 'png' | 'jpg'
}

/**
 * Encodes an RGB raster of `width × height × 3` bytes. The same raster gives the same bytes: no metadata is written.
 *
 * @returns the bytes of a PNG or JPEG file
 * @throws {NoEncoder}
 */
export async function encodeImage(raster: Uint8Array, options: EncodeOptions): Promise<Uint8Array> {
  const { width, height, format } = options
  const sharp = await loadSharp()
  const image = sharp(raster, { raw: { width, height, channels: 3 } })
  if (format === 'png') return image.png({ compressionLevel: 1, adaptiveFiltering: false }).toBuffer()
  // Standard Huffman tables take a fifth of the time of optimised ones; full chroma keeps the edges of the text clean.
  return image.jpeg({ quality: 80, optimiseCoding: false, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** Loaded only now, so that a program which never downloads an image never loads the native library, nor needs it. */
async function loadSharp(): Promise<typeof import('sharp').default> {
  try {
    return (await import('sharp')).default
  } catch (error) {
    throw new NoEncoder(error)
  }
}
