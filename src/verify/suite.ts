import { inject } from 'vitest'
import { defineSuite } from './contract-suite.ts'
import { settle, type VerifyOptions } from './settings.ts'
import type { Resumed } from './ticket.ts'

declare module 'vitest' {
  interface ProvidedContext {
    photaVerify: { readonly options: VerifyOptions; readonly resumed: Resumed | null }
  }
}

// The test file that `phota-mock verify` gives to vitest.
const { options, resumed } = inject('photaVerify')
defineSuite(settle(options), resumed)
