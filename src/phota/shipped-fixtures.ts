import type { LoadSource } from '../engine/load.ts'

/** Contents for Worlds that come with the package, by name. */
export const SHIPPED: Readonly<Record<string, () => Promise<LoadSource>>> = {
  default: () => contentsOf(import('../../fixtures/worlds/default.ts')),
  'every-state': () => contentsOf(import('../../fixtures/worlds/every-state.ts')),
  'half-trained': () => contentsOf(import('../../fixtures/worlds/half-trained.ts')),
  'busy-afternoon': () => contentsOf(import('../../fixtures/worlds/busy-afternoon.ts')),
}

async function contentsOf(module: Promise<{ default: unknown }>): Promise<LoadSource> {
  const { default: contents } = await module
  return (typeof contents === 'function' ? await contents() : contents) as LoadSource
}
