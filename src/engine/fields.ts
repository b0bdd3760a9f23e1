import { isDuration } from './duration.ts'
import { MisuseError, shown } from './misuse-error.ts'
import { suggestion } from './nearest.ts'

/** What one field of a record may hold; a field that is absent is always fine. */
export interface Field {
  /** Completes `expects …`. */
  readonly expects: string
  accepts(value: unknown): boolean
}

/** Every field of a record; one that is left out does not compile. */
export type Fields<Data> = { readonly [Key in keyof Required<Data>]: Field }

/**
 * @param at told before each name, e.g. `'scenario.match.'`
 * @throws {MisuseError} for a field that does not hold what it should
 */
export function checkValues(data: object, fields: Readonly<Record<string, Field>>, at = ''): void {
  for (const [name, { expects, accepts }] of Object.entries(fields)) {
    const value = (data as Record<string, unknown>)[name]
    if (value !== undefined && !accepts(value))
      throw new MisuseError(`${at}${name} expects ${expects}, received ${shown(value)}`)
  }
}

/** @throws {MisuseError} for a field that there is not: most likely a slip, which would go unnoticed otherwise */
export function checkNames(data: object, fields: Readonly<Record<string, Field>>, at = ''): void {
  const unknown = Object.keys(data).find((name) => !Object.hasOwn(fields, name))
  if (unknown === undefined) return
  const names = Object.keys(fields)
  throw new MisuseError(`${at}${unknown} is no field; expects ${names.join(', ')}.${suggestion(unknown, names)}`)
}

/** @throws {MisuseError} as `checkNames` and `checkValues` do */
export function checkFields(data: object, fields: Readonly<Record<string, Field>>, at = ''): void {
  checkNames(data, fields, at)
  checkValues(data, fields, at)
}

export const TEXT: Field = { expects: 'a text', accepts: (value) => typeof value === 'string' }
export const NAME: Field = {
  expects: 'a text that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
}
export const DOLLARS: Field = { expects: "dollars as a text, such as '25.00'", accepts: TEXT.accepts }
export const TEXTS: Field = {
  expects: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
}
export const DURATION: Field = {
  expects: "a duration such as '2s', '24h', '1h30m' or milliseconds as a number",
  accepts: isDuration,
}

export function oneOf(...allowed: readonly unknown[]): Field {
  return { expects: `one of ${allowed.join(', ')}`, accepts: (value) => allowed.includes(value) }
}

export function orNull({ expects, accepts }: Field): Field {
  return { expects: `${expects}, or null`, accepts: (value) => value === null || accepts(value) }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
