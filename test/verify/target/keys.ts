import type { Flaw } from './flaw.ts'

/** For some flaws, which further keys are taken for the right one. */
const WAYS: Record<string, (given: string, right: string) => boolean> = {
  'key-by-prefix': (given, right) => given.length >= 4 && right.startsWith(given),
  'key-with-suffix': (given, right) => given.startsWith(right),
  'key-any-case': (given, right) => given.toLowerCase() === right.toLowerCase(),
  'key-blanks-ignored': (given, right) => given.replace(/\s/g, '') === right,
  'key-quotes-ignored': (given, right) => given.replace(/^"(.*)"$/, '$1') === right,
  'key-without-last-character': (given, right) => given.slice(0, -1) === right.slice(0, -1),
}

/** Whether some flaw takes the key for the right one, though it is another. */
export function isMistakenFor(given: string, right: string, flaw: Flaw): boolean {
  return flaw.pick(WAYS)?.(given, right) ?? false
}
