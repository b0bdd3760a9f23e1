import type { Defect } from '../defect.ts'

/** Answers that break openapi.yaml. */
export const shape: readonly Defect[] = [
  {
    id: 'edit-without-request-id',
    breaks: ['shape.edit'],
    description: 'answers of edit lack `X-Request-Id`',
  },
  {
    id: 'edit-401-nested',
    breaks: ['shape.edit'],
    verdict: 'note',
    description: 'the 401 of edit is wrapped in `error`',
  },
  {
    id: 'generate-null-subjects',
    fault: 'sync-null-subjects',
    only: { operation: 'generate' },
    breaks: ['shape.generate'],
    also: ['submit.sync-default'],
    description: '`known_subjects` of a synchronous generate is null',
  },
  {
    id: 'enhance-extra-field',
    only: { operation: 'enhance' },
    breaks: ['shape.enhance'],
    also: ['submit.sync-default'],
    verdict: 'note',
    description: 'the result of a synchronous enhance tells its cost',
  },
  {
    id: 'remix-as-text',
    breaks: ['shape.remix'],
    also: ['submit.accepted', 'submit.sync-default'],
    description: 'answers of remix are `text/plain`',
  },
  { id: 'job-without-request-id', breaks: ['shape.getJob'], description: 'polls lack `X-Request-Id`' },
  {
    id: 'job-404-without-request-id',
    breaks: ['shape.getJob'],
    verdict: 'note',
    description: 'the 404 of a poll lacks `request_id`',
  },
  {
    id: 'secret-extra-field',
    breaks: ['shape.getWebhookSecret'],
    verdict: 'note',
    description: 'the secret’s algorithm is told, too',
  },
  { id: 'profile-add-201', breaks: ['shape.addProfile'], description: 'a training is answered 201' },
  {
    id: 'profiles-as-ids',
    breaks: ['shape.listProfiles'],
    verdict: 'note',
    description: 'the list of profiles is one of ids',
  },
  {
    id: 'profile-message-null',
    breaks: ['shape.getProfileStatus'],
    description: 'a profile without a message has null',
  },
  { id: 'picture-as-json', breaks: ['shape.getProfilePicture'], description: 'the picture is base64 in JSON' },
  { id: 'profile-delete-204', breaks: ['shape.deleteProfile'], description: 'a deleted profile is answered 204' },
  {
    id: 'callback-text-plain',
    breaks: ['shape.jobFinished'],
    also: ['callback.payload', 'callback.delivered'],
    description: 'callbacks are `text/plain`',
  },
]
