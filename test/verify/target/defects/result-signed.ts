import type { Defect } from '../defect.ts'

const SIGNED = { breaks: ['result.signed'], also: ['result.expiry'] }

/** Download URLs that were tampered with, and still work. */
export const resultSigned: readonly Defect[] = [
  { id: 'token-optional', ...SIGNED, description: 'a URL without any token works' },
  { id: 'token-by-prefix', ...SIGNED, description: 'the beginning of the token is enough' },
  { id: 'token-with-suffix', ...SIGNED, description: 'a token with more behind it works' },
  { id: 'token-first-half', ...SIGNED, description: 'only the first half of the token is compared' },
  { id: 'token-first-8', ...SIGNED, description: 'only the first characters of the token are compared' },
  { id: 'token-of-any-file', ...SIGNED, description: 'the token and expiry of one file work for any other' },
  {
    id: 'token-unchecked-once-served',
    ...SIGNED,
    description: 'once a file was served, its path works with any token: a cache leaves out the query',
  },
  {
    id: 'later-token-unchecked',
    fault: 'token-unchecked',
    only: { output: 'later' },
    ...SIGNED,
    description: 'any token works for every output but the first',
  },
  {
    id: 'png-token-unchecked',
    fault: 'token-unchecked',
    only: { format: 'png' },
    ...SIGNED,
    description: 'any token works for a png',
  },
  {
    id: 'remix-expiry-unsigned',
    fault: 'expiry-unsigned',
    only: { operation: 'remix' },
    ...SIGNED,
    description: 'the token of a remix does not cover `expires`',
  },
  { id: 'expiry-may-be-earlier', ...SIGNED, description: '`expires` may be moved to an earlier time' },
  { id: 'expiry-may-be-later', ...SIGNED, description: '`expires` may be moved to a later time' },
  { id: 'expiry-parsed-loosely', ...SIGNED, description: 'letters behind the number in `expires` are ignored' },
  { id: 'path-any-case', ...SIGNED, description: 'the path works in upper case too' },
  { id: 'path-extension-unsigned', ...SIGNED, description: 'the path works with another extension' },
  { id: 'path-suffix-ignored', ...SIGNED, description: 'the path works with more segments behind it' },
]
