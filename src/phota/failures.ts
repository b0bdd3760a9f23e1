import type { JobErrorCode } from '../spec/index.ts'

/** Every code with which work fails, and what people are told of it. */
export const FAILURE_MESSAGES: Readonly<Record<JobErrorCode, string>> = {
  GENERATION_FAILED: 'The image could not be generated.',
  CONTENT_MODERATION: 'The request was refused by content moderation.',
  INPUT_UNREACHABLE: 'An input image could not be read.',
  TIMEOUT: 'The work took longer than its limit.',
  INTERNAL: 'An internal error occurred.',
}
