// Imports what the fixture imports, but for vitest.
import { built } from './built.ts'

await import('msw/node')
await built('fixture/msw')
await built('index')
console.log('{}')
