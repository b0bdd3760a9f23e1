/** Limits on what a target may send. Correct implementations stay far below; beyond them, nothing can be judged. */
export const MIB: number = 2 ** 20

/** Of one answer, decompressed. */
export const MOST_BYTES: Readonly<Record<'job' | 'json' | 'control' | 'picture', number>> = {
  /** A poll: hundreds of them are kept. */
  job: MIB / 4,
  /** Handles, secrets, profiles, errors. */
  json: MIB,
  /** A ledger of the control API may be long. */
  control: 8 * MIB,
  /** A synchronous result, and a download. */
  picture: 32 * MIB,
}

/** Of all answers and callbacks that are kept for judging. */
export const MOST_KEPT_BYTES: number = 96 * MIB
/** Bodies beyond {@link MIB} that are read at the same time. */
export const MOST_LARGE_BODIES = 2
export const MOST_HEADER_BYTES: number = 64 * 1024
/** Answers with 1xx before the real one. */
export const MOST_INTERIM_ANSWERS = 100

/** `1048576` as `1 MiB`. */
export function sizeInWords(bytes: number): string {
  return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / 1024} KiB`
}
