import assert from 'node:assert/strict'
import { MisuseError } from 'phota-mock'
import { test } from 'phota-mock/vitest'
import { call } from './clients.js'
import { done, dozen } from './dozen.js'

for (const [title, run] of dozen) {
  test(title, async ({ phota }) => {
    await run({ phota, call, MisuseError })
    done(title)
  })
}

const poor = test.extend({ photaOptions: { deposit: '1.00', retentionMs: 60_000 } })

poor('options are heard', async ({ phota }) => {
  assert.equal(phota.account.availableMicroUsd, 1_000_000)
  assert.equal(phota.world.options.retentionMs, 60_000)
  done('options are heard')
})
