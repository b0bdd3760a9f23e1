import { enums, type JobOperation } from '../spec/index.ts'

export type ImageBody = Readonly<Record<string, unknown>>

export const IMAGE_OPERATIONS: readonly JobOperation[] = enums.JobOperation

/** A real picture, so that an implementation that opens its inputs finds one, and one that fetches needs no network. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAT0lEQVRo3u3PQQkAAAgEsItvFrMYygi+hcEKLNXzWgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELgsBa+HSWZB7zQAAAABJRU5ErkJggg=='

const MINIMAL: Readonly<Record<JobOperation, ImageBody>> = {
  edit: { prompt: 'make it brighter', images: [PICTURE] },
  generate: { prompt: 'a lighthouse at dusk' },
  enhance: { image: PICTURE },
  remix: { input_image: PICTURE, reference_image: PICTURE },
}

/** The least that the operation takes, and more. */
export function imageBody(operation: JobOperation, more: ImageBody = {}): ImageBody {
  return { ...MINIMAL[operation], ...more }
}

/** The same, to be done in the background. */
export function asyncBody(operation: JobOperation, more: ImageBody = {}): ImageBody {
  return imageBody(operation, { async: true, response_mode: 'urls', ...more })
}

/** A request that an implementation is known to fail. */
export interface FailingRequest {
  readonly operation: JobOperation
  readonly body: ImageBody
}

/** An input under a top-level domain that never resolves (RFC 2606). */
export const DEFAULT_FAILING_REQUEST: FailingRequest = {
  operation: 'edit',
  body: { prompt: 'make it brighter', images: ['https://nowhere.invalid/photo.jpg'] },
}
