import { expect, test } from 'vitest'
import { httpUrlProblem, serverUrlProblem } from '../../src/text/http-url.ts'

test.each([
  ['foo', 'expects an http or https URL, received "foo". Example: http://127.0.0.1:4010'],
  ['', 'expects an http or https URL, received "". Example: http://127.0.0.1:4010'],
  ['localhost:4010', 'expects an http or https URL, received "localhost:4010". Example: http://localhost:4010'],
  [
    '127.0.0.1:4010/base',
    'expects an http or https URL, received "127.0.0.1:4010/base". Example: http://127.0.0.1:4010/base',
  ],
  ['host:99999', 'expects an http or https URL, received "host:99999". Example: http://127.0.0.1:4010'],
  ['ftp://x', 'expects an http or https URL, received "ftp://x". Example: http://127.0.0.1:4010'],
  [undefined, 'expects an http or https URL, received undefined. Example: http://127.0.0.1:4010'],
  [new URL('http://x'), 'expects an http or https URL, received "http://x/". Example: http://127.0.0.1:4010'],
  ['http://ann:secret@x:4010', 'expects a URL without user. Example: http://x:4010'],
  [
    'http://x:4010/a?b',
    'expects a URL without query and fragment, received "http://x:4010/a?b". Example: http://x:4010/a',
  ],
  ['http://127.0.0.1:4010/_mock/', null],
])('of %s as the URL of a server is said: %s', (text, said) => {
  expect(serverUrlProblem(text)).toBe(said)
})

test('a URL that is asked as it is may have a query', () => {
  expect(httpUrlProblem('https://app.test/hook?from=phota#top')).toBeNull()
  expect(httpUrlProblem('app.test/hook')).toMatch(/^expects an http or https URL/)
})
