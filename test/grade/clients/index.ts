import { brokenPython } from './broken-python.ts'
import { brokenTypescript } from './broken-typescript.ts'
import { type Client, whole } from './client.ts'

export type { Client } from './client.ts'

/** The clients that keep every habit, and from which most others are made. */
const right: readonly Client[] = [
  whole('right.py', { name: 'py-right', receiver: true }),
  whole('right.ts', { name: 'ts-right', receiver: true }),
]

/**
 * Programs for `grade` to judge, each a {@link Client}: `habit` is the id of the one habit that it breaks, or null.
 * `command(dir)` writes the program below `dir` and returns its command line; the environment tells it the rest.
 */
export const clients: readonly Client[] = [...right, ...brokenPython, ...brokenTypescript]
