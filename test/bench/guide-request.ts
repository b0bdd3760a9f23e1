/** The request that the asynchronous guide shows: an edit of a photo, with a profile in its prompt and in its list. */
const BODY = {
  prompt: 'Make [[abc123]] smile wider',
  images: ['https://example.com/photo.jpg'],
  profile_ids: ['abc123'],
  num_output_images: 2,
  output_format: 'jpg',
  response_mode: 'urls',
  async: true,
}

/** Below the API's base URL. */
export const SUBMIT_PATH = '/edit'
export const SUBMIT_BODY: string = JSON.stringify(BODY)
