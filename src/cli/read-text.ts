import { readFile } from 'node:fs/promises'

/**
 * The text of a file, without the byte order mark that some editors and PowerShell put before it, in UTF-8 or, with
 * one, UTF-16.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file)
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}
