import { describe, expect } from 'vitest'
import { sendDownload, sendGet } from '../../../src/verify/http/redirects.ts'
import { get, test } from './server.ts'

const nobody = (): void => undefined

describe.concurrent('A redirect', () => {
  test('of the API between slash and no slash is followed, with the key', async ({ openWire, answer }) => {
    const keys: unknown[] = []
    const url = await answer(({ url: path = '', headers }, response) => {
      keys.push(headers['x-api-key'])
      if (path.endsWith('/')) response.end('{}')
      else response.writeHead(308, { location: `${path}/` }).end()
    })
    const wire = openWire()
    const seen: number[] = []
    const outgoing = { ...get(`${url}/jobs/1`), headers: { 'X-API-Key': 'secret' } }
    const last = await sendGet(wire, outgoing, ({ status }) => void seen.push(status))
    expect(last).toMatchObject({ status: 200, redirectedFrom: wire.exchanges[0]?.id })
    expect(seen).toEqual([308, 200])
    expect(keys).toEqual(['secret', 'secret'])
  })

  test.for(['/elsewhere', 'http://127.0.0.1:1/jobs/1/', 'no url:'])(
    'of the API to %s is the answer itself',
    async (location, { openWire, answer }) => {
      const url = await answer((_, response) => void response.writeHead(302, { location }).end())
      expect(await sendGet(openWire(), get(`${url}/jobs/1`), nobody)).toMatchObject({
        status: 302,
        redirectedFrom: null,
      })
    },
  )

  test('of the API that goes back and forth is followed once', async ({ openWire, answer }) => {
    const url = await answer(({ url: path = '' }, response) => {
      response.writeHead(307, { location: path.endsWith('/') ? path.slice(0, -1) : `${path}/` }).end()
    })
    const wire = openWire()
    expect((await sendGet(wire, get(`${url}/jobs/1`), nobody)).status).toBe(307)
    expect(wire.exchanges).toHaveLength(2)
  })

  test('of a download is followed to another origin', async ({ openWire, answer }) => {
    const storage = await answer((_, response) => void response.end('picture'))
    const url = await answer((_, response) => void response.writeHead(302, { location: `${storage}/file` }).end())
    expect(await sendDownload(openWire(), get(url), nobody)).toMatchObject({ status: 200, url: `${storage}/file` })
  })

  test('of a download is followed five times', async ({ openWire, answer }) => {
    const url = await answer(({ url: path }, response) => void response.writeHead(302, { location: `${path}x` }).end())
    const wire = openWire()
    const last = await sendDownload(wire, get(`${url}/`), nobody)
    expect(last.problem).toBe('was redirected more than 5 times')
    expect(wire.exchanges).toHaveLength(6)
  })
})
