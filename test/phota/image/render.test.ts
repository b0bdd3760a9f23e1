import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { type ImageFileSpec, renderImage } from '../../../src/phota/image/index.ts'

const JOB = '0123456789ab4def8123456789abcdef'
const SPEC: ImageFileSpec = { operation: 'edit', jobId: JOB, output: 1, width: 256, height: 256, format: 'png' }

const LONG_SIDES = { '1K': 1024, '2K': 2048, '4K': 4096 }
const ASPECTS = { '1:1': [1, 1], '3:4': [3, 4], '4:3': [4, 3], '9:16': [9, 16], '16:9': [16, 9] } as const

const SIZES = Object.entries(LONG_SIDES).flatMap(([resolution, side]) =>
  Object.entries(ASPECTS).map(([aspect, [x, y]]) => {
    const unit = side / Math.max(x, y)
    return { resolution, aspect, width: Math.round(x * unit), height: Math.round(y * unit) }
  }),
)

describe.each(['png', 'jpg'] as const)('renderImage as %s', (format) => {
  test.each(SIZES)('is $width by $height at $resolution $aspect', async ({ width, height }) => {
    const file = await renderImage({ ...SPEC, width, height, format })
    const { info, data } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width, height, channels: 3 })
    expect(data.length).toBe(width * height * 3)
    const { format: found, exif, icc, xmp } = await sharp(file).metadata()
    expect(found).toBe(format === 'jpg' ? 'jpeg' : 'png')
    expect([exif, icc, xmp]).toEqual([undefined, undefined, undefined])
  })

  test('gives the same bytes for the same spec', async () => {
    expect(await renderImage({ ...SPEC, format })).toEqual(await renderImage({ ...SPEC, format }))
  })

  test('gives other bytes for another output, job, operation or size', async () => {
    const others = [{ output: 2 }, { jobId: JOB.replace('0', 'f') }, { operation: 'remix' }, { width: 260 }]
    const files = await Promise.all([{}, ...others].map((other) => renderImage({ ...SPEC, ...other, format })))
    expect(new Set(files.map((file) => Buffer.from(file).toString('base64'))).size).toBe(files.length)
  })
})
