import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

// In a process of its own, in which sharp is as missing as where it was never installed.
const HIDING = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(name, context, next) {
      if (name === 'sharp') {
        throw Object.assign(new Error("Cannot find package 'sharp'"), { code: 'ERR_MODULE_NOT_FOUND' })
      }
      return next(name, context)
    },
  })
`
const REASON =
  'phota-mock draws pictures with the optional package sharp, which cannot be loaded here: Cannot find package ' +
  "'sharp'. " +
  'To have pictures: npm install sharp'

test('Without sharp, pictures answer 501 with the reason, and the rest works', async () => {
  const hiding = `data:text/javascript,${encodeURIComponent(HIDING)}`
  const server = spawn(
    process.execPath,
    ['--import', hiding, 'src/cli.ts', 'serve', '--port', '0', '--clock', 'auto', '--fixture', 'every-state'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  try {
    let errors = ''
    server.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    let printed = ''
    for await (const text of server.stdout.setEncoding('utf8')) {
      printed += text
      if (printed.includes('Ctrl-C')) break
    }
    const [, url = ''] = /listens on (\S+)/.exec(printed) ?? []
    const [, key = ''] = /Keys\n +(\S+)/.exec(printed) ?? []
    const ask = (path: string, body?: object): Promise<Response> =>
      fetch(`${url}/v1/phota${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    const refusal = { code: 'NOT_IMPLEMENTED', detail: REASON, request_id: expect.any(String) }
    const bytes = await ask('/generate', { prompt: 'a lighthouse' })
    expect([bytes.status, await bytes.json()]).toEqual([501, refusal])

    const urls = await ask('/generate', { prompt: 'a lighthouse', response_mode: 'urls' })
    expect(urls.status).toBe(200)
    const handle = await (await ask('/generate', { prompt: 'a lighthouse', response_mode: 'urls', async: true })).json()
    const job = await (await ask(`/jobs/${handle.job_id}`)).json()
    const { download_urls } = job.status === 'succeeded' ? job.result : await urls.json()
    const download = await fetch(download_urls[0])
    expect([download.status, await download.text()]).toEqual([501, `${REASON}\n`])
    expect((await fetch(download_urls[0].replace('token=', 'token=0'))).status).toBe(403)

    const { profiles } = await (await ask('/profiles/ids')).json()
    const ready = profiles.find((profile: { status: string }) => profile.status === 'READY')
    const picture = await ask(`/profiles/${ready.profile_id}/profile_picture`)
    expect([picture.status, await picture.json()]).toEqual([501, refusal])
    expect(errors).toBe('')
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
})
