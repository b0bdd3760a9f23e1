import { drawImage, type ImageSpec } from './draw.ts'
import { encodeImage } from './encode.ts'

export type { ImageSpec }

/** An image and the file it is to be. */
export interface ImageFileSpec extends ImageSpec {
  format: 'png' | 'jpg'
}

/**
 * The file of an output image or a profile picture. The same spec gives the same bytes.
 *
 * @returns the bytes of a PNG or JPEG file of `width × height` pixels
 */
export async function renderImage(spec: ImageFileSpec): Promise<Uint8Array> {
  return encodeImage(drawImage(spec), spec)
}

/** Loads and compiles what the first image needs, so that whoever asks for it does not wait. */
export async function warmUpImages(): Promise<void> {
  for (const format of ['jpg', 'png'] as const) {
    await renderImage({ operation: 'generate', jobId: '0'.repeat(32), output: 1, width: 256, height: 256, format })
  }
}
