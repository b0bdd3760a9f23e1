import type { IncomingMessage } from 'node:http'

/**
 * All of a request's body; of one that is longer than `most`, nothing is kept.
 *
 * @returns `null` if it is longer
 */
export function readBody(request: IncomingMessage, most: number = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= most) chunks.push(chunk)
      else chunks.length = 0
    })
    request.on('end', () => resolve(size <= most ? Buffer.concat(chunks) : null))
    request.on('error', reject)
  })
}
