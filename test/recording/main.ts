// `npm run recording`: proves that a change of the code changes no byte of what anybody sees.

import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { differences, report } from './compare.ts'
import { coverage } from './coverage.ts'
import { openInProcess, openSocket } from './doors.ts'
import type { Exchange } from './exchange.ts'
import { play } from './play.ts'
import { playGuarded, sweepControl } from './sweep.ts'

const HELP = `npm run recording -- --write FILE | --compare FILE [options]

  --write FILE       play, and write what was seen: a line of JSON for each exchange
  --compare FILE     play again, and tell every difference from a file that was written before
  --coverage         tell which operations were answered how
  --requests N       requests to the API, through each door (default: 2000)
  --seed N           (default: 1)
  --help

A run is the same for the same seed and number of requests.
Exit code: 0 if nothing differs, 1 if something does, 2 for a wrong option.
`

const { write, compare, requests, seed, isCovered } = readOptions()
const exchanges = await record()
if (write !== undefined) await writeFile(write, exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join(''))
if (isCovered) console.log(coverage(exchanges))
console.log(`${exchanges.length} exchanges`)
if (compare !== undefined) {
  const before = (await readFile(compare, 'utf8')).split('\n').filter((line) => line !== '')
  const found = differences(
    before.map((line) => JSON.parse(line) as Exchange),
    // By way of JSON, like the others.
    exchanges.map((exchange) => JSON.parse(JSON.stringify(exchange)) as Exchange),
  )
  console.log(found.length === 0 ? 'No byte differs.' : report(found))
  if (found.length > 0) process.exitCode = 1
}

async function record(): Promise<Exchange[]> {
  const seen: Exchange[] = []
  const keep = (exchange: Exchange): void => {
    seen.push(exchange)
  }
  for (const open of [openInProcess, openSocket]) {
    const door = await open()
    try {
      await play(door, { seed, requests, draws: 40, isShort: false }, keep)
    } finally {
      await door.close()
    }
  }
  const door = await openSocket('control')
  try {
    await sweepControl(door, keep)
  } finally {
    await door.close()
  }
  await playGuarded(keep)
  return seen
}

interface Options {
  write: string | undefined
  compare: string | undefined
  requests: number
  seed: number
  isCovered: boolean
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        write: { type: 'string' },
        compare: { type: 'string' },
        coverage: { type: 'boolean', default: false },
        requests: { type: 'string', default: '2000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(HELP)
      process.exit(0)
    }
    if (values.write === undefined && values.compare === undefined) throw new Error('expects --write or --compare')
    return {
      write: values.write,
      compare: values.compare,
      requests: count('--requests', values.requests),
      seed: count('--seed', values.seed),
      isCovered: values.coverage,
    }
  } catch (error) {
    console.error(`recording: ${(error as Error).message}\n\n${HELP}`)
    process.exit(2)
  }
}

function count(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`${name} expects a whole number above 0, received '${text}'`)
}
