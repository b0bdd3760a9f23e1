import type { LoadSource } from '../engine/world-data.ts'

const SHIPPED: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  default: () => import('../../fixtures/worlds/default.ts'),
  'every-state': () => import('../../fixtures/worlds/every-state.ts'),
  'half-trained': () => import('../../fixtures/worlds/half-trained.ts'),
  'busy-afternoon': () => import('../../fixtures/worlds/busy-afternoon.ts'),
}

export const SHIPPED_FIXTURES: readonly string[] = Object.keys(SHIPPED)

/** A World's contents that come with the package. @returns `null` if none has that name */
export async function shippedFixture(name: string): Promise<LoadSource | null> {
  const fixture = SHIPPED[name]
  if (!fixture) return null
  const { default: contents } = await fixture()
  return (typeof contents === 'function' ? await contents() : contents) as LoadSource
}
