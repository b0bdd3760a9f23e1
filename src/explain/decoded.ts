import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { MOST_KEPT_BYTES } from './kept.ts'

const DECODERS: Readonly<
  Record<string, ((bytes: Uint8Array, limit: { maxOutputLength: number }) => Uint8Array) | undefined>
> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/** A body without its Content-Encoding; `null` if that cannot be undone within what is kept. */
export function decodedBody(bytes: Uint8Array, encoding: string | undefined): Uint8Array | null {
  const names = (encoding ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
    .filter((name) => name !== '' && name !== 'identity')
  let decoded: Uint8Array = bytes
  for (const name of names.reverse()) {
    const decode = DECODERS[name]
    if (decode === undefined) return null
    try {
      decoded = decode(decoded, { maxOutputLength: 16 * MOST_KEPT_BYTES })
    } catch {
      return null
    }
  }
  return decoded
}
