import type { lists } from '../../../control/lists.ts'

export type Operation = (typeof lists.JobOperation)[number]

/** A PNG of one pixel, for who has no image at hand. */
const TINY = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** The request of the form's fields. Empty fields are left out, so that the API's defaults apply. */
export function bodyOf(operation: Operation, form: FormData): Record<string, unknown> {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const image = text('image') || TINY
  const isAsync = form.get('async') !== null
  return {
    ...(operation !== 'enhance' && text('prompt') !== '' && { prompt: text('prompt') }),
    ...(operation === 'edit' && { images: [image] }),
    ...(operation === 'enhance' && { image }),
    ...(operation === 'remix' && { input_image: image, reference_image: image }),
    ...(text('outputs') !== '' && { num_output_images: Number(text('outputs')) }),
    response_mode: 'urls',
    ...(isAsync && { async: true }),
    ...(text('callback_url') !== '' && { callback_url: text('callback_url') }),
    ...(text('client_request_id') !== '' && { client_request_id: text('client_request_id') }),
  }
}
