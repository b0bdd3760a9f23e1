import type { Behaviour, View } from '../behaviour.ts'
import type { Job } from '../job.ts'
import type { Variant } from '../variant.ts'

const open = 'job body'
type Write = (ms: number, isCompletion: boolean) => string

/** Writes both timestamps of a job in another way. */
const writtenBy = (write: Write) => (): Behaviour => ({
  job: (view: View, job: Job) => ({
    ...view,
    created_at: write(job.createdAt, false),
    ...(job.completedAt !== null && Boolean(view['completed_at']) && { completed_at: write(job.completedAt, true) }),
  }),
})

const at = (ms: number, offsetMinutes: number): string => new Date(ms + offsetMinutes * 60_000).toISOString()
const withoutFraction = (text: string): string => text.slice(0, 19)
const fraction = (ms: number): string => String(ms % 1000).padStart(3, '0')

interface Form {
  readonly id: string
  readonly description: string
  readonly write: Write
  readonly pattern: RegExp
  /** Of `completed_at`, if not the same. */
  readonly end?: RegExp
  /** Whether it shows ms; then the retention is counted in ms too. */
  readonly isPrecise?: boolean
}

const form = ({ id, description, write, pattern, end = pattern, isPrecise = false }: Form): Variant => ({
  id,
  open,
  description: `timestamps ${description}`,
  ...(isPrecise && { options: { sweepMs: 1 } }),
  build: writtenBy(write),
  shows: async (probe) => {
    const { created_at: created, completed_at: completed } = await probe.done()
    const age = (Date.now() - Date.parse(created)) / 1000
    return pattern.test(created) && end.test(completed) && Math.abs(age) < 60
  },
})

const offset = (id: string, suffix: string, minutes: number): Variant =>
  form({
    id,
    description: `end in \`${suffix}\``,
    write: (ms) => withoutFraction(at(ms, minutes)) + suffix,
    pattern: new RegExp(`:\\d\\d\\${suffix}$`),
  })

/** Forms of RFC 3339. */
export const timestamps: readonly Variant[] = [
  offset('offset-zero', '+00:00', 0),
  offset('offset-unknown', '-00:00', 0),
  offset('offset-ahead', '+05:30', 330),
  offset('offset-behind', '-08:00', -480),
  form({
    id: 'offsets-mixed',
    description: 'have an offset each: `+02:00` at the submit, `Z` at the end',
    write: (ms, isCompletion) =>
      isCompletion ? `${withoutFraction(at(ms, 0))}Z` : `${withoutFraction(at(ms, 120))}+02:00`,
    pattern: /:\d\d\+02:00$/,
    end: /:\d\dZ$/,
  }),
  form({
    id: 'precision-ms',
    description: 'have milliseconds',
    write: (ms) => at(ms, 0),
    pattern: /:\d\d\.\d{3}Z$/,
    isPrecise: true,
  }),
  form({
    id: 'precision-us',
    description: 'have microseconds',
    write: (ms) => `${withoutFraction(at(ms, 0))}.${fraction(ms)}041Z`,
    pattern: /:\d\d\.\d{6}Z$/,
    isPrecise: true,
  }),
  form({
    id: 'precision-ns',
    description: 'have nanoseconds',
    write: (ms) => `${withoutFraction(at(ms, 0))}.${fraction(ms)}041999Z`,
    pattern: /:\d\d\.\d{9}Z$/,
    isPrecise: true,
  }),
  form({
    id: 'precision-tenths',
    description: 'have one digit after the point, and an offset',
    write: (ms) => `${withoutFraction(at(ms, 60))}.${fraction(ms)[0]}+01:00`,
    pattern: /:\d\d\.\d\+01:00$/,
    isPrecise: true,
  }),
  form({
    id: 'timestamps-lower-case',
    description: 'have a lower-case `t` and `z`',
    write: (ms) => `${withoutFraction(at(ms, 0))}Z`.toLowerCase(),
    pattern: /^\d{4}-\d\d-\d\dt.*z$/,
  }),
]
