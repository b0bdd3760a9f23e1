import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const CODE = readFileSync('scripts/require-msw.cjs', 'utf8')

/** What the CommonJS build has for `msw`, with a `require` that does so. */
function msw(require: (name: string) => unknown): unknown {
  const module = { exports: {} }
  new Function('require', 'module', CODE)(require, module)
  return module.exports
}

function fails(error: unknown) {
  return (): never => {
    throw error
  }
}

test('msw is what require finds', () => {
  const found = { http: {} }
  expect(msw((name) => (name === 'msw' ? found : null))).toBe(found)
})

test.each([
  ['jest’s own error', { code: 'ERR_REQUIRE_ESM', message: 'Must use import to load ES Module: …' }],
  ['a syntax that it does not know', new SyntaxError('Cannot use import statement outside a module')],
])('%s is told with what can be done', (_, cause) => {
  expect(() => msw(fails(cause))).toThrow(
    'phota-mock/msw needs msw, which is made of ES modules, or depends on some, and jest as ' +
      'it comes cannot require those. Run jest on Node 24.9 or newer with ' +
      "NODE_OPTIONS=--experimental-vm-modules, or use phota.fetch of require('phota-mock'), " +
      'which needs no msw.',
  )
})

test('what else is wrong comes out as it is: no msw', () => {
  const missing = Object.assign(new Error("Cannot find module 'msw'"), { code: 'MODULE_NOT_FOUND' })
  expect(() => msw(fails(missing))).toThrow(missing)
})
