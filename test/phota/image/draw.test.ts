import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { drawImage, type ImageSpec } from '../../../src/phota/image/draw.ts'

const JOB = '0123456789ab4def8123456789abcdef'
const SPEC: ImageSpec = { operation: 'edit', jobId: JOB, output: 1, width: 320, height: 256 }

/** In degrees, of the picture's average colour along its outermost pixels, where no caption is. */
async function rimHue({ width, height, ...spec }: ImageSpec): Promise<number> {
  const pixels = await drawImage({ ...spec, width, height })
  const sum = [0, 0, 0]
  for (let i = 0; i < width; i++) {
    for (const at of [i * 3, ((height - 1) * width + i) * 3]) {
      for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + (pixels[at + c] ?? 0)
    }
  }
  const [r, g, b] = sum as [number, number, number]
  return (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI
}

function turn(a: number, b: number): number {
  const d = Math.abs(a - b) % 360
  return Math.min(d, 360 - d)
}

function luminance(pixels: Uint8Array, at: number): number {
  return 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)
}

describe('drawImage', () => {
  test('gives the outputs of a job clearly different hues', async () => {
    for (let job = 0; job < 30; job++) {
      const jobId = hash('sha256', `job ${job}`, 'hex').slice(0, 32)
      const hues = await Promise.all([1, 2, 3, 4].map((output) => rimHue({ ...SPEC, jobId, output })))
      for (const [i, a] of hues.entries()) for (const b of hues.slice(i + 1)) expect(turn(a, b)).toBeGreaterThan(25)
    }
  })

  test('depends on nothing but the spec', async () => {
    expect(await drawImage(SPEC)).toEqual(await drawImage({ ...SPEC }))
    expect(await drawImage(SPEC)).not.toEqual(await drawImage({ ...SPEC, jobId: JOB.replace('0', 'f') }))
  })

  test.each([
    [256, 256],
    [144, 256],
    [256, 144],
    [1024, 768],
    [576, 1024],
    [4096, 2304],
  ])('has light text on a dark panel in the middle at %i by %i', async (width, height) => {
    for (let output = 1; output <= 4; output++) {
      const pixels = await drawImage({ ...SPEC, operation: 'generate', output, width, height })
      let light = 0
      let dark = 0
      const [left, right] = [Math.floor(width * 0.35), Math.floor(width * 0.65)]
      const [top, bottom] = [Math.floor(height * 0.35), Math.floor(height * 0.65)]
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const found = luminance(pixels, (y * width + x) * 3)
          if (found > 150) light++
          if (found < 70) dark++
        }
      }
      const all = (right - left) * (bottom - top)
      expect(light / all).toBeGreaterThan(0.08)
      expect(dark / all).toBeGreaterThan(0.5)
      expect((light + dark) / all).toBe(1)
    }
  })

  test('has a picture to draw at any size, however little of the text fits', async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 300],
      [300, 7],
      [64, 64],
    ] as const) {
      expect((await drawImage({ ...SPEC, width, height })).length).toBe(width * height * 3)
    }
  })
})
