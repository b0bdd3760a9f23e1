import { expect, test as plain } from 'vitest'
import { inRange } from '../../src/phota/range.ts'
import { behindEachDoor, type Door, finished } from '../support/doors.ts'

async function imageOf(door: Door): Promise<string> {
  const { body } = await finished(door)
  return body.result.download_urls[0]
}

async function load(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(url, { method, headers })
  const bytes = Buffer.from(await response.arrayBuffer())
  const told = Object.fromEntries(
    ['content-length', 'content-range', 'accept-ranges', 'etag', 'content-type'].map((name) => [
      name,
      response.headers.get(name),
    ]),
  )
  return { status: response.status, bytes, ...told } as Record<string, unknown> & { status: number; bytes: Buffer }
}

behindEachDoor('A range of a download', (test) => {
  test('a download that broke off is taken up where it ended, as long as it is the same image', async ({ door }) => {
    const url = await imageOf(door)
    const whole = await load(url)
    const size = whole.bytes.length
    expect(whole).toMatchObject({ status: 200, 'accept-ranges': 'bytes', 'content-range': null })
    expect(whole['etag']).toMatch(/^"[0-9a-f]{32}"$/)
    const half = Math.floor(size / 2)
    for (const headers of [
      { range: `bytes=${half}-` },
      { range: `bytes=${half}-`, 'if-range': String(whole['etag']) },
    ]) {
      const rest = await load(url, headers)
      expect(rest).toMatchObject({
        status: 206,
        'content-type': 'image/jpeg',
        'content-range': `bytes ${half}-${size - 1}/${size}`,
        'content-length': String(size - half),
        etag: whole['etag'],
      })
      expect(rest.bytes.equals(whole.bytes.subarray(half))).toBe(true)
    }
    for (const ifRange of ['"another"', `W/${whole['etag']}`, 'Mon, 22 Jun 2026 12:00:00 GMT']) {
      const anew = await load(url, { range: `bytes=${half}-`, 'if-range': ifRange })
      expect({ ifRange, status: anew.status, size: anew.bytes.length }).toEqual({ ifRange, status: 200, size })
    }
  })

  test('one range gets its bytes, several or none that can be read the whole, one past the end 416', async ({
    door,
  }) => {
    const url = await imageOf(door)
    const { bytes: whole } = await load(url)
    const size = whole.length
    const parts: [string, number, number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=10-19', 10, 19],
      [`bytes=0-${size + 99}`, 0, size - 1],
      ['bytes=-7', size - 7, size - 1],
      [`bytes=-${size + 1}`, 0, size - 1],
      ['BYTES = 1 - 2', 1, 2],
    ]
    for (const [range, from, to] of parts) {
      const part = await load(url, { range })
      expect(part).toMatchObject({ status: 206, 'content-range': `bytes ${from}-${to}/${size}` })
      expect(part.bytes.equals(whole.subarray(from, to + 1)), range).toBe(true)
    }
    for (const range of ['bytes=0-1,4-5', 'bytes=5-2', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes 1-2']) {
      const { status, bytes } = await load(url, { range })
      expect({ range, status, size: bytes.length }).toEqual({ range, status: 200, size })
    }
    for (const range of [`bytes=${size}-`, 'bytes=-0', `bytes=${'9'.repeat(400)}-`]) {
      const refused = await load(url, { range })
      expect(refused).toMatchObject({ status: 416, 'content-range': `bytes */${size}` })
      expect(refused.bytes.toString()).toContain(`has ${size} bytes`)
    }
  })

  test('HEAD tells length and ETag, and takes no range', async ({ door }) => {
    const url = await imageOf(door)
    const { bytes, etag } = await load(url)
    expect(await load(url, { range: 'bytes=0-1' }, 'HEAD')).toMatchObject({
      status: 200,
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      etag,
      bytes: Buffer.alloc(0),
    })
  })

  test('of a URL that is refused no range is given', async ({ door }) => {
    const url = (await imageOf(door)).replace(/token=./, 'token=x')
    expect(await load(url, { range: 'bytes=0-1' })).toMatchObject({ status: 403, 'accept-ranges': null })
  })
})

plain('bytes that changed have another ETag', () => {
  const etags = ['a', 'b'].map((text) => {
    const whole = { status: 200, headers: {}, body: Buffer.from(text) }
    return inRange(whole, { range: null, ifRange: null }).headers['etag']
  })
  expect(etags[0]).not.toBe(etags[1])
})
