import type { Refusal } from '../engine/refusal.ts'
import type { EditRequest, EnhanceRequest, GenerateRequest, RemixRequest } from '../spec/index.ts'
import type { ImageRequest } from './image-request.ts'
import { inputProblem } from './input-image.ts'
import { pixelSize } from './pixel-size.ts'
import { stated } from './refusals.ts'

type Resolution = ImageRequest['resolution']

/** Which resolutions each model can make; another one is a 400. */
const RESOLUTIONS: Readonly<Record<string, readonly Resolution[]>> = {
  nb2: ['1K', '2K', '4K'],
  'gpt-image-2': ['1K', '2K', '4K'],
  'qwen-image-2': ['1K', '2K'],
  'flux-2': ['1K', '2K'],
  reve: ['1K'],
}

type Studio = Required<Pick<EditRequest, 'prompt' | 'num_output_images' | 'output_format'>> &
  Pick<EditRequest, 'callback_url' | 'client_request_id'>
type Sized = Required<Pick<EditRequest, 'aspect_ratio' | 'resolution' | 'base_model' | 'quality'>>

/** @throws {Refusal} 400 for an edit without images, and as `sized` does */
export function fromEdit(body: Required<EditRequest>): ImageRequest {
  if (body.images.length === 0) throw badRequest('An edit needs at least one image.')
  return build('edit', body, body.profile_ids, body.images, sized(body))
}

/** @throws {Refusal} 400 as `sized` does */
export function fromGenerate(body: Required<GenerateRequest>): ImageRequest {
  return build('generate', body, NONE, NONE, sized(body))
}

export function fromEnhance(body: Required<EnhanceRequest>): ImageRequest {
  return build('enhance', body, body.profile_ids, [body.image], FIXED)
}

export function fromRemix(body: Required<RemixRequest>): ImageRequest {
  return build('remix', body, body.profile_ids, [body.input_image, body.reference_image], FIXED)
}

// Enhance and remix are always 2K; no input is ever fetched whose shape they could follow.
const FIXED: Pick<ImageRequest, 'model' | 'quality' | 'resolution' | 'width' | 'height'> = {
  model: '',
  quality: 'auto',
  resolution: '2K',
  ...pixelSize('2K', 'auto'),
}

const NONE: readonly string[] = []

function build(
  operation: ImageRequest['operation'],
  body: Studio,
  profileIds: readonly string[],
  inputs: readonly string[],
  { model, quality, resolution, width, height }: typeof FIXED,
): ImageRequest {
  return {
    operation,
    prompt: body.prompt,
    profileIds,
    outputs: body.num_output_images,
    model,
    quality,
    resolution,
    width,
    height,
    format: body.output_format,
    callbackUrl: body.callback_url ?? null,
    clientRequestId: body.client_request_id ?? null,
    inputProblem: inputProblem(inputs),
  }
}

function sized(body: Sized): typeof FIXED {
  const model = body.base_model
  if (body.quality !== 'auto' && model !== 'gpt-image-2') {
    throw badRequest(`quality is only available with base_model 'gpt-image-2', not with '${model}'.`)
  }
  const possible = RESOLUTIONS[model] ?? []
  if (!possible.includes(body.resolution)) {
    throw badRequest(`base_model '${model}' makes ${possible.join(', ')}, not ${body.resolution}.`)
  }
  return { model, quality: body.quality, resolution: body.resolution, ...pixelSize(body.resolution, body.aspect_ratio) }
}

function badRequest(detail: string): Refusal {
  return stated(400, 'BAD_REQUEST', detail)
}
