import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { DEFAULT_PRICES } from '../src/phota/price-list.ts'

/**
 * Whether the rooms that know no API hold any name of this one: fields, parameters, headers, paths, codes and statuses
 * of openapi.yaml, and amounts of money. Comments count too.
 */
const ROOMS = ['src/engine', 'src/api', 'src/deliver', 'src/drive']

/** What HTTP itself, the fixture format or a scenario says as well, and why. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ['content-type', 'HTTP'],
  ['retry-after', 'HTTP'],
  ['400', 'the first status of an error, in HTTP'],
  ['200', 'what stands for an answer that a fault replaces'],
])

const names = await namesOf('openapi.yaml')
const prices = new Set(
  JSON.stringify(DEFAULT_PRICES)
    .match(/"\d+(\.\d+)?"/g)
    ?.map((price) => price.slice(1, -1)),
)
const found: string[] = []
for (const room of ROOMS) {
  for (const path of await readdir(room, { recursive: true })) {
    if (!path.endsWith('.ts')) continue
    for (const [at, line] of (await readFile(join(room, path), 'utf8')).split('\n').entries()) {
      for (const [word] of line.matchAll(/\d+\.\d+|[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*/g)) {
        const isName = names.has(word) || (/[a-z]/.test(word) && names.has(word.toLowerCase()))
        if (isName || (word.includes('.') && prices.has(word))) found.push(`${join(room, path)}:${at + 1}: ${word}`)
      }
    }
  }
}
if (found.length > 0) {
  console.error(`Names of one API stand in rooms that are for every API:\n${found.join('\n')}`)
  process.exitCode = 1
}

/**
 * Words of more than one part, statuses and codes as they are; a single ordinary word, such as `status`, tells nothing.
 */
async function namesOf(file: string): Promise<Set<string>> {
  const names = new Set(['phota', 'photalabs', 'profile', 'profiles', 'prompt', 'image', 'images', 'picture'])
  const add = (name: string): void => {
    const isCode = /^[A-Z_]{4,}$/.test(name) && !['ERROR', 'INTERNAL', 'TIMEOUT'].includes(name)
    if (COMMON.has(name.toLowerCase())) return
    if (isCode || /^\d{3}$/.test(name)) names.add(name)
    else if (/[_-]/.test(name)) names.add(name.toLowerCase())
  }
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return
    for (const [key, value] of Object.entries(node)) {
      const keys = value !== null && typeof value === 'object' ? Object.keys(value) : []
      if (key === 'properties' || key === 'headers' || key === 'responses') keys.forEach(add)
      if (key === 'paths') for (const part of keys.flatMap((path) => path.split('/'))) add(part)
      if (key === 'enum' || key === 'const') for (const each of [value].flat()) add(String(each))
      if (key === 'name') add(String(value))
      walk(value)
    }
  }
  walk(parse(await readFile(file, 'utf8')))
  return names
}
