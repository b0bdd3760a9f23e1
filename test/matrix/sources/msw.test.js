import assert from 'node:assert/strict'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { MisuseError, Phota } from 'phota-mock'
import { photaHandlers } from 'phota-mock/msw'
import { call } from './clients.js'
import { done, dozen } from './dozen.js'
import { first, last, test } from './runner.js'

const server = setupServer()
first(() => server.listen())
last(() => server.close())

for (const [title, run] of dozen) {
  test(title, async () => {
    const phota = new Phota()
    server.resetHandlers(...photaHandlers(phota.world))
    await run({ phota, call, MisuseError })
    await phota.close()
    done(title)
  })
}

test('options are heard', () => {
  assert.equal(new Phota({ deposit: '1.00' }).account.availableMicroUsd, 1_000_000)
  done('options are heard')
})

test('an msw server of one’s own answers, too', async () => {
  server.use(http.get('https://my.app/health', () => HttpResponse.json({ mine: true })))
  assert.equal(await (await fetch('https://my.app/health')).text(), '{"mine":true}')
  done('an msw server of one’s own answers, too')
})
