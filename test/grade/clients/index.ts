import { brokenPython } from './broken-python.ts'
import { brokenTypescript } from './broken-typescript.ts'
import type { Client } from './client.ts'
import { lawful } from './lawful.ts'

export type { Client } from './client.ts'

/**
 * Programs for `grade` to judge, each a {@link Client}: `habit` is the id of the one habit that it breaks, or null.
 * `command(dir)` writes the program below `dir` and returns its command line; the environment tells it the rest.
 */
export const clients: readonly Client[] = [...lawful, ...brokenPython, ...brokenTypescript]
