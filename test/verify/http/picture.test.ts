import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/verify/http/exchange.ts'
import { jsonOf } from '../../../src/verify/http/exchange.ts'
import { describeBase64, describePicture, lookAtResult } from '../../../src/verify/http/picture.ts'

const noise = () =>
  sharp({
    create: { width: 320, height: 200, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 40 } } as never,
  })
const png = await noise().png().toBuffer()
const jpg = await noise().jpeg().toBuffer()
const large = await sharp({ create: { width: 6_000, height: 5_000, channels: 3, background: 'grey' } })
  .png()
  .toBuffer()

describe('A picture', () => {
  test.each([
    ['png', png],
    ['jpg', jpg],
  ])('that is whole is described: %s', async (format, bytes) => {
    expect(await describePicture(bytes)).toMatchObject({
      format,
      isWhole: true,
      width: 320,
      height: 200,
      problem: null,
    })
  })

  test.each([
    ['half a PNG', png.subarray(0, png.length >> 1)],
    ['a PNG without its last bytes', png.subarray(0, -2)],
    [
      'a PNG with one wrong bit',
      Buffer.concat([png.subarray(0, 900), Buffer.from([(png[900] as number) ^ 1]), png.subarray(901)]),
    ],
    ['half a JPEG', jpg.subarray(0, jpg.length >> 1)],
    ['a JPEG without its last bytes', jpg.subarray(0, -2)],
    ['a head alone', png.subarray(0, 33)],
    ['text', Buffer.from('It works!')],
    ['nothing', Buffer.alloc(0)],
  ])('that is not whole says why: %s', async (_, bytes) => {
    expect(await describePicture(bytes)).toMatchObject({ isWhole: false, problem: expect.stringMatching(/^it/) })
  })

  test('of too many pixels is not decoded', async () => {
    await expect(describePicture(large)).rejects.toThrow('sent a picture of 30 megapixels; none beyond 24 is decoded')
  })

  test('in a result is described, and only its first characters are kept', async () => {
    const images = [png.toString('base64'), 'no base64!']
    const body = { images, download_urls: [] }
    const exchange = { status: 200, bytes: new TextEncoder().encode(JSON.stringify(body)) } as Exchange
    await lookAtResult(exchange)
    expect(exchange.pictures).toMatchObject([
      { format: 'png', isWhole: true, bytes: png.length },
      { isWhole: false, problem: 'it is no base64' },
    ])
    expect(jsonOf(exchange)).toEqual({ images: [images[0]?.slice(0, 64), 'no base64!'], download_urls: [] })
    expect(await describeBase64(images[0] as string)).toEqual(exchange.pictures[0])
  })
})
