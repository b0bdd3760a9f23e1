import sharp from 'sharp'
import { expect } from 'vitest'
import { behindEachDoor, finished } from '../support/doors.ts'

const edited = (url: string, change: (url: URL) => void): string => {
  const copy = new URL(url)
  change(copy)
  return copy.href
}

behindEachDoor('result', (test) => {
  for (const [output_format, type, decoded] of [
    ['jpg', 'image/jpeg', 'jpeg'],
    ['png', 'image/png', 'png'],
  ] as const) {
    test(`a download answers an image in ${output_format}, without a key (result.download)`, async ({ door }) => {
      const { body } = await finished(door, { output_format, aspect_ratio: '4:3' })
      const image = await door.get(body.result.download_urls[0])
      expect(image).toMatchObject({ status: 200, type })
      expect(await sharp(image.bytes).metadata()).toMatchObject({ format: decoded, width: 1024, height: 768 })
    })
  }

  test('a download URL has the form <day>/<name>?token=…&expires=… (result.download)', async ({ door }) => {
    const { body } = await finished(door)
    expect(body.result.download_urls[0]).toMatch(
      /^https?:\/\/[^?]+\/20260622\/[^/?]+\.jpg\?token=[0-9a-f]+&expires=1782216018$/,
    )
  })

  test('a changed token, expiry or path is refused (result.signed)', async ({ door }) => {
    const { body } = await finished(door, { num_output_images: 2 })
    const [url, other] = body.result.download_urls as [string, string]
    const forged = [
      edited(url, ({ searchParams }) =>
        searchParams.set(
          'token',
          searchParams.get('token')!.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')),
        ),
      ),
      edited(url, ({ searchParams }) => searchParams.delete('token')),
      edited(url, ({ searchParams }) => searchParams.set('expires', String(Number(searchParams.get('expires')) + 1))),
      edited(url, ({ searchParams }) => searchParams.delete('expires')),
      edited(url, (copy) => {
        copy.pathname = new URL(other).pathname
      }),
      edited(url, (copy) => {
        copy.pathname = copy.pathname.replace('1024x1024', '1024x1023')
      }),
      edited(url, (copy) => {
        copy.pathname = copy.pathname.replace('20260622', '20260623')
      }),
    ]
    for (const bad of forged) expect((await door.get(bad)).status, bad).toBe(403)
    expect((await door.get(url)).status).toBe(200)
  })

  test('a download URL works until its job expires, and not after (result.expiry)', async ({ door }) => {
    const { body } = await finished(door)
    const [url] = body.result.download_urls
    const expires = Number(new URL(url).searchParams.get('expires')) * 1000
    expect(expires).toBe(Date.parse(body.completed_at) + 24 * 3_600_000)
    await door.clock.set(expires - 1000)
    expect((await door.get(url)).status).toBe(200)
    await door.clock.set(expires)
    expect((await door.get(url)).status).toBe(403)
  })

  test('the outputs of a job have distinct URLs and differ (result.distinct)', async ({ door }) => {
    const { body } = await finished(door, { num_output_images: 4 })
    const urls = body.result.download_urls as string[]
    expect(new Set(urls).size).toBe(4)
    const images = await Promise.all(urls.map((url) => door.get(url)))
    expect(new Set(images.map((image) => Buffer.from(image.bytes).toString('base64'))).size).toBe(4)
  })
})
