import * as callback from './callback.ts'
import * as failure from './failure.ts'
import * as lenient from './lenient.ts'
import * as poll from './poll.ts'
import * as result from './result.ts'
import * as secret from './secret.ts'
import * as submit from './submit.ts'
import type { Judge } from './trial.ts'

/** Who judges which habit. */
export const judges: Readonly<Record<string, Judge>> = {
  'poll.ends': poll.ends,
  'poll.pace': poll.pace,
  'poll.backs-off': poll.backsOff,
  'poll.retry-after': poll.retryAfter,
  'poll.patient': poll.patient,
  'poll.gone': poll.gone,
  'submit.same-id': submit.sameId,
  'submit.tries-again': submit.triesAgain,
  'submit.own-id': submit.ownId,
  'submit.not-retried': submit.notRetried,
  'submit.once': submit.once,
  'failure.surfaces': failure.surfaces,
  'callback.not-needed': callback.notNeeded,
  'callback.acknowledged': callback.acknowledged,
  'callback.verified': callback.verified,
  'callback.signature-first': callback.signatureFirst,
  'result.in-time': result.inTime,
  'result.renewed': result.renewed,
  'result.whole': result.whole,
  'secret.key-at-home': secret.keyAtHome,
  'secret.not-in-url': secret.notInUrl,
  'lenient.fields': lenient.fields,
  'lenient.text': lenient.text,
}
