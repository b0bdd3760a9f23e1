import { type Client, whole } from './client.ts'

/**
 * Programs for `grade` to judge, each a {@link Client}: `habit` is the id of the one habit that it breaks, or null.
 * `command(dir)` writes the program below `dir` and returns its command line; the environment tells it the rest.
 */
export const clients: readonly Client[] = [
  whole('right.py', { name: 'py-right' }),
  whole('right.ts', { name: 'ts-right' }),
]
