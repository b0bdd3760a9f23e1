import type { Variant } from './variant.ts'
import { callbackDelivery } from './variants/callback-delivery.ts'
import { callbackText } from './variants/callback-text.ts'
import { downloadAnswers } from './variants/download-answers.ts'
import { downloadUrls } from './variants/download-urls.ts'
import { errorBodies } from './variants/error-bodies.ts'
import { handle } from './variants/handle.ts'
import { jobBody } from './variants/job-body.ts'
import { jobErrors } from './variants/job-errors.ts'
import { jobIds } from './variants/job-ids.ts'
import { rateLimits } from './variants/rate-limits.ts'
import { requests } from './variants/requests.ts'
import { scope } from './variants/scope.ts'
import { secrets } from './variants/secrets.ts'
import { time } from './variants/time.ts'
import { timestamps } from './variants/timestamps.ts'
import { transport } from './variants/transport.ts'
import { validationBodies } from './variants/validation-bodies.ts'

export type { Variant } from './variant.ts'

/**
 * Themes whose variants do not touch each other: one of each can be on at once. The others change times, or come in the
 * way of all requests.
 */
const THEMES: readonly (readonly Variant[])[] = [
  // Outermost: the others answer what this one encodes.
  transport,
  jobBody,
  jobIds,
  timestamps,
  jobErrors,
  handle,
  [...errorBodies, ...validationBodies],
  callbackText,
  secrets,
  [...downloadUrls, ...downloadAnswers],
]

/** Teams of variants, one of each theme: the first of all themes, the second of all, and so on. */
export const teams: readonly (readonly Variant[])[] = Array.from(
  { length: Math.max(...THEMES.map(({ length }) => length)) },
  (_, nth) => THEMES.flatMap((theme) => theme[nth] ?? []),
)

/** All lawful ways in which a target can differ from the plain one; any number at once. */
export const variants: readonly Variant[] = [
  ...jobBody,
  ...jobIds,
  ...timestamps,
  ...jobErrors,
  ...handle,
  ...errorBodies,
  ...validationBodies,
  ...requests,
  ...time,
  ...callbackText,
  ...callbackDelivery,
  ...secrets,
  ...downloadUrls,
  ...downloadAnswers,
  ...transport,
  ...rateLimits,
  ...scope,
]
