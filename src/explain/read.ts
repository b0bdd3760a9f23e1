import type { Recording } from './exchange.ts'
import { type ReadAttached, readHar } from './read-har.ts'
import { isJournalEntry, readJournal } from './read-journal.ts'
import { UnreadableRecording } from './unreadable.ts'

/** Longer texts a JavaScript engine cannot hold. */
export const MOST_BYTES: number = 400 * 1024 * 1024

const FORMATS = 'a HAR, or a journal of phota-mock as JSON or JSON lines'

/**
 * A recording in any format that is known.
 *
 * @param bytes of the file
 * @param recording its number in the history, counted from 0
 * @throws {UnreadableRecording} with what it is instead
 */
export function readRecording(
  bytes: Uint8Array,
  recording: number,
  readAttached: ReadAttached = () => null,
): Recording {
  const packed = packedAs(bytes)
  if (packed !== null) throw new UnreadableRecording(packed)
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  const text = new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes).trim()
  if (text === '') throw new UnreadableRecording('it is empty')
  const value = parsed(text)
  if (value !== null && typeof value === 'object') {
    if ('log' in value) return readHar(value, recording, readAttached)
    if (Array.isArray(value)) return readJournal(value, recording)
    // The control API lists the newest first.
    if ('entries' in value && Array.isArray(value.entries)) return readJournal(value.entries.toReversed(), recording)
    if (isJournalEntry(value)) return readJournal([value], recording)
  }
  throw new UnreadableRecording(`it is JSON, but not ${FORMATS}`)
}

function packedAs(bytes: Uint8Array): string | null {
  const isAt = (...magic: number[]): boolean => magic.every((byte, nth) => bytes[nth] === byte)
  if (isAt(0x1f, 0x8b)) return 'it is compressed. Unpack it first: gunzip'
  if (isAt(0x50, 0x4b, 0x03, 0x04)) return 'it is a zip archive. Unpack it, and give the .har in it'
  if (isAt(0x78, 0x9c) || isAt(0x78, 0xda)) return 'it is compressed by zlib, as .zhar of mitmproxy. Save it as .har'
  if (isAt(0x28, 0xb5, 0x2f, 0xfd)) return 'it is compressed. Unpack it first: unzstd'
  return null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    const isLines = lines.length > 1 && isJournalEntry(tried(lines[0] ?? ''))
    if (isLines) return lines.map((line, nth) => tried(line) ?? fail(`line ${nth + 1} is no JSON`))
    if (!/^[[{]/.test(text)) fail(`it is no JSON; expects ${FORMATS}`)
    const isCut = /end of JSON input|Unterminated string/i.test((error as Error).message)
    // Without V8's excerpt, which would print what may be a secret.
    fail(isCut ? 'its JSON ends in the middle: the recording was cut off' : `it is no JSON; expects ${FORMATS}`)
  }
}

function fail(problem: string): never {
  throw new UnreadableRecording(problem)
}

function tried(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
