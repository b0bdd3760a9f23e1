import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Variant } from '../variant.ts'

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const random = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

function ulid(): string {
  let time = ''
  for (let rest = Date.now(); time.length < 10; rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time
  return time + random(CROCKFORD, 16)
}

function uuidV7(): string {
  const hex = Date.now().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`
}

const form = (id: string, description: string, jobId: () => string, pattern: RegExp): Variant => ({
  id,
  open: 'job body',
  description: `\`job_id\` is ${description}`,
  build: () => ({ jobId }),
  shows: async (probe) => {
    const { job_id: handed, poll_url: path } = (await probe.submit()).body
    return pattern.test(handed) && path.endsWith(`/${handed}`) && (await probe.poll(path)).body.job_id === handed
  },
})

/** Forms of `job_id`; all of them can stand in a path as they are. */
export const jobIds: readonly Variant[] = [
  form('id-uuid', 'a UUID with dashes', randomUUID, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-/),
  form('id-uuid-upper', 'a UUID in upper case', () => randomUUID().toUpperCase(), /^[0-9A-F]{8}-/),
  form(
    'id-hex-upper',
    '32 upper-case hex digits',
    () => randomBytes(16).toString('hex').toUpperCase(),
    /^[0-9A-F]*[A-F][0-9A-F]*$/,
  ),
  form('id-ulid', 'a ULID', ulid, /^[0-9A-HJKMNP-TV-Z]{26}$/),
  form('id-uuid-v7', 'a UUID of version 7, which begins with the time', uuidV7, /^[0-9a-f]{8}-[0-9a-f]{4}-7/),
  form('id-prefixed', 'base 62 after `job_`', () => `job_${random(BASE_62, 22)}`, /^job_\w{22}$/),
  form('id-short', '12 random characters', () => random(BASE_62, 12), /^\w{12}$/),
  form('id-long', '200 characters', () => random(BASE_62, 200), /^\w{200}$/),
  form('id-digits', '18 digits, as text', () => random('123456789', 18), /^\d{18}$/),
  form('id-base64url', 'base64url', () => `-${randomBytes(16).toString('base64url')}_`, /^-[\w-]{22}_$/),
  form(
    'id-dots',
    'words with `.`, `~`, `-` and `_`',
    () => `img.${random(BASE_62, 8)}~v1_${random(BASE_62, 8)}-z`,
    /^img\.\w{8}~v1_/,
  ),
  form('id-colons', 'a URN with `:`', () => `urn:uuid:${randomUUID()}`, /^urn:uuid:/),
  form(
    'id-sub-delims',
    'text with `@`, `+`, `$`, `!` and `=`',
    () => `eu@${random(BASE_62, 12)}+$!=`,
    /^eu@\w{12}\+\$!=$/,
  ),
]
