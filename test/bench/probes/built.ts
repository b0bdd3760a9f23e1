/** A module of the build, typed by its source: `built('phota/world')`. */
export interface Built {
  'api/handle': typeof import('../../../src/api/handle.ts')
  'phota/world': typeof import('../../../src/phota/world.ts')
  'fixture/msw': typeof import('../../../src/fixture/msw.ts')
  'server/server-host': typeof import('../../../src/server/server-host.ts')
  index: typeof import('../../../src/index.ts')
}

export async function built<Name extends keyof Built>(name: Name): Promise<Built[Name]> {
  return await import(new URL(`../../../dist/src/${name}.js`, import.meta.url).href)
}
