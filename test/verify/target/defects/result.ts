import type { Defect } from '../defect.ts'

/** The outputs and their URLs. */
export const result: readonly Defect[] = [
  { id: 'always-jpg', breaks: ['result.download'], description: 'an output asked for as png is a JPEG' },
  {
    id: 'download-needs-key',
    breaks: ['result.download'],
    also: ['result.expiry'],
    description: 'a download without the API key is 403',
  },
  {
    id: 'later-downloads-missing',
    fault: 'download-missing',
    only: { output: 'later' },
    breaks: ['result.download'],
    also: ['result.expiry'],
    description: 'only the first output is stored',
  },
  { id: 'token-unchecked', breaks: ['result.signed'], description: 'any token is good' },
  { id: 'expiry-unsigned', breaks: ['result.signed'], description: 'the token does not cover `expires`' },
  { id: 'path-unsigned', breaks: ['result.signed'], description: 'the token does not cover the path' },
  { id: 'url-outlives-job', breaks: ['result.expiry'], description: '`expires` is never looked at' },
  {
    id: 'url-dies-early',
    breaks: ['result.expiry'],
    also: ['result.download'],
    description: 'a URL lives a twenty-fourth of its job’s retention',
  },
  { id: 'same-url-twice', breaks: ['result.distinct'], description: 'all outputs of a job have the first one’s URL' },
]
