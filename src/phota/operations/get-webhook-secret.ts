import type { Call } from '../../api/call.ts'
import type { ApiResponse } from '../../api/http.ts'
import { json } from '../answer.ts'

/** The key of the account's callback signatures, the same on each call: secret.shape, secret.per-account. */
export function getWebhookSecret(call: Call): ApiResponse {
  return json(call, 200, JSON.stringify({ webhook_signing_secret: call.account.webhookSecret }))
}
