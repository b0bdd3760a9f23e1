import { expect, test } from 'vitest'
import { isExempt } from '../../src/intercept/no-proxy.ts'

test.each([
  ['example.com', 'example.com', true],
  ['example.com', 'a.example.com', true],
  ['example.com', 'badexample.com', false],
  ['.example.com', 'a.example.com', true],
  ['*.example.com', 'a.example.com', true],
  ['EXAMPLE.com.', 'example.com', true],
  ['a.test, example.com', 'example.com', true],
  ['a.test example.com', 'example.com', true],
  ['example.com:443', 'example.com', true],
  ['example.com:80', 'example.com', false],
  ['*', 'anything', true],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3:80', '10.1.2.3', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['::1', '::1', true],
  ['[::1]:443', '::1', true],
  ['[::1]:80', '::1', false],
  ['fd00::/8', 'fd12::1', true],
  ['10.0.0.0/8', 'fd12::1', false],
  ['', 'example.com', false],
  [',,', 'example.com', false],
])('NO_PROXY=%j, port 443 of %s: %s', (list, host, expected) => {
  expect(isExempt(host, 443, list)).toBe(expected)
})
