import { MisuseError, Phota } from 'phota-mock'
import { photaInterceptor } from 'phota-mock/undici'
import { Agent, setGlobalDispatcher } from 'undici'
import { call } from './clients.js'
import { done, dozen } from './dozen.js'
import { test } from './runner.js'

// Without msw, and without vitest's fixture.
for (const [title, run] of dozen) {
  test(title, async () => {
    const phota = new Phota()
    setGlobalDispatcher(new Agent().compose(photaInterceptor(phota.world)))
    await run({ phota, call, MisuseError })
    await phota.close()
    done(title)
  })
}
