/** A file is no recording that could be judged. The message is the end of a sentence that begins with its name. */
export class UnreadableRecording extends Error {
  override readonly name: string = 'UnreadableRecording'
}
