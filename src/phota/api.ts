import type { Api, Problem } from '../api/api.ts'
import { type CallbackPolicy, callbackUrlProblem } from '../engine/callback-target.ts'
import { basePath, defaultBaseUrl, operations, type ValidationIssue } from '../spec/index.ts'
import { files } from './files.ts'
import { imageOf } from './image-work.ts'
import { implementations } from './implementations.ts'
import { viewProfile } from './profile-view.ts'
import { refuse } from './refusals.ts'
import { SHIPPED } from './shipped-fixtures.ts'
import { dialect, photaWorld, World } from './world.ts'

/** The Phota API. */
export const phota: Api = {
  dialect,
  createWorld: (options) => new World(options),
  defaultBaseUrl,
  basePath,
  operations,
  implementations,
  credential: ({ header }) => header('x-api-key'),
  subject: (body) => {
    const { prompt, client_request_id } = (body ?? {}) as Record<string, unknown>
    return {
      label: typeof prompt === 'string' ? prompt : '',
      idempotencyKey: typeof client_request_id === 'string' ? client_request_id : null,
    }
  },
  problems: callbackProblems,
  wording: crossFieldWording,
  refuse,
  cors: {
    request: 'Content-Type, X-API-Key, X-Mock-Scenario, Range, If-Range',
    response: 'X-Request-Id, Retry-After, Allow, Accept-Ranges, Content-Range, ETag',
  },
  files,
  fixtures: SHIPPED,
  viewRequest: (job) => {
    const { profileIds, outputs, model, quality, resolution, width, height, format } = imageOf(job)
    const { operation, label, callbackUrl, idempotencyKey } = job.work
    return {
      operation,
      prompt: label,
      profile_ids: profileIds,
      num_output_images: outputs,
      model,
      quality,
      resolution,
      width,
      height,
      output_format: format,
      callback_url: callbackUrl,
      client_request_id: idempotencyKey,
    }
  },
  lists: {
    listControlProfiles: (world, query) => {
      const account = query.get('account')
      const profiles = Array.from(photaWorld(world).profiles.all())
      return { profiles: profiles.filter((one) => account === null || one.account.id === account).map(viewProfile) }
    },
  },
  controlBodies: {},
  controlQueries: {},
}

/** What the schema cannot say of a `callback_url`: its scheme and, for http, its host: submit.callback-https. */
function callbackProblems(body: unknown, policy: CallbackPolicy, found: readonly Problem[]): Problem[] {
  const url = body !== null && typeof body === 'object' && 'callback_url' in body ? body.callback_url : null
  if (typeof url !== 'string' || found.some((problem) => problem.loc[1] === 'callback_url')) return []
  const problem = callbackUrlProblem(url, policy)
  return problem === null ? [] : [{ loc: ['body', 'callback_url'], msg: problem, type: 'url_scheme' }]
}

function crossFieldWording(issue: ValidationIssue, field: string): Pick<Problem, 'msg' | 'type'> | null {
  if (field === 'response_mode' && issue.schemaPath.includes('/then/'))
    return { msg: "async: true requires response_mode: 'urls'", type: 'value_error' }
  if (field === 'callback_url' && issue.schemaPath.includes('/else/'))
    return { msg: 'callback_url is only valid together with async: true', type: 'value_error' }
  return null
}
