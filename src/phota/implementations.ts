import type { OperationFunction } from '../api/call.ts'
import type { OperationId } from '../spec/index.ts'
import { addProfile } from './operations/add-profile.ts'
import { deleteProfile } from './operations/delete-profile.ts'
import { edit } from './operations/edit.ts'
import { enhance } from './operations/enhance.ts'
import { generate } from './operations/generate.ts'
import { getJob } from './operations/get-job.ts'
import { getProfilePicture } from './operations/get-profile-picture.ts'
import { getProfileStatus } from './operations/get-profile-status.ts'
import { getWebhookSecret } from './operations/get-webhook-secret.ts'
import { listProfiles } from './operations/list-profiles.ts'
import { remix } from './operations/remix.ts'

/** Every operation of openapi.yaml; one without an implementation does not compile. */
export const implementations: Readonly<Record<OperationId, OperationFunction>> = {
  edit,
  generate,
  enhance,
  remix,
  getJob,
  getWebhookSecret,
  addProfile,
  listProfiles,
  getProfileStatus,
  getProfilePicture,
  deleteProfile,
}
