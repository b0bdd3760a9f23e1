import { setupServer } from 'msw/node'
import { Phota } from 'phota-mock'
import { photaHandlers } from 'phota-mock/msw'
import { contractSuite, type VerifyResult } from 'phota-mock/verify'
import { test as base } from 'phota-mock/vitest'

const server = setupServer(...photaHandlers(new Phota().world))
const test = base.extend({ photaServer: [server, { scope: 'file' }] })

test('types reach the user', async ({ phota }) => {
  const moment: Date = phota.clock.now
  phota.account.deposit('5.00')
  const verdict = {} as VerifyResult['rules'][number]['verdict']
  if (verdict !== 'passed') verdict satisfies 'partial' | 'failed' | 'note' | 'skipped' | 'error'
  if (moment.getTime() === 0) contractSuite({ url: 'http://127.0.0.1:4010', key: 'alice' })
})
