import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeAuthority } from '../../src/intercept/authority.ts'

test('an authority signs one certificate, for the hosts and nothing else', async () => {
  const { certificate, server } = await makeAuthority(['api.photalabs.com', '*.photalabs.com'])
  const authority = new X509Certificate(certificate)
  const leaf = new X509Certificate(server.cert)
  expect(authority.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true)
  expect(leaf.subjectAltName).toBe('DNS:api.photalabs.com, DNS:*.photalabs.com')
  expect(leaf.checkHost('cache-cdn.photalabs.com')).toBe('*.photalabs.com')
  expect(leaf.checkHost('example.com')).toBeUndefined()
  // Safari's limit for what a user trusts, and room for clients on another day.
  expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBeLessThan(398 * 86_400_000)
  expect(leaf.validFromDate.getTime()).toBeLessThan(Date.now() - 86_400_000)
})

test('two runs share no key and no number', async () => {
  const [one, other] = await Promise.all([makeAuthority(['a.test']), makeAuthority(['a.test'])])
  const both = [one, other].map(({ certificate, server }) => [
    new X509Certificate(certificate),
    new X509Certificate(server.cert),
  ])
  const all = both.flat()
  expect(new Set(all.map(({ serialNumber }) => serialNumber)).size).toBe(4)
  expect(new Set(all.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }))).size).toBe(4)
})
