import { type Paint, painted, plain } from '../report/paint.ts'

export interface Progress {
  readonly show: (latest: string, done: number, all: number) => void
  readonly end: () => void
}

/** Colours on a terminal, unless `NO_COLOR` asks for none. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && process.env['NO_COLOR'] === undefined ? painted : plain
}

/** On a terminal, one line that is rewritten; elsewhere, a new line every few seconds. */
export function progressTo(stream: NodeJS.WriteStream, items: string): Progress {
  const everyMs = 5_000
  let last = Date.now()
  return {
    show: (latest, done, all) => {
      if (stream.isTTY) stream.write(`\r\u001b[K${done}/${all} ${latest}`)
      else if (Date.now() - last >= everyMs) {
        last = Date.now()
        stream.write(`${done} of ${all} ${items} tried\n`)
      }
    },
    end: () => {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}
