import type { MicroUsd } from './money.ts'

/** What an account starts with. Whatever is left out is derived from the World's seed. */
export interface NewAccount {
  /** Short and human: `alice`. Unique in its World. */
  id: string
  /** API keys; unique in the process. @default one key: the World's prefix, `test-key-` and 12 hex digits */
  keys?: readonly string[]
  /** Opening deposit. @default 0 */
  depositMicroUsd?: MicroUsd
  /** @default 64 hex digits */
  webhookSecret?: string
}
