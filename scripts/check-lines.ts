import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

// Says which lines of code and prose are longer than 120 characters, and whether the top level has become crowded.

const WIDTH = 120
/** Names at the top level, at most. */
const MOST_NAMES = 22

/** Files that are generated, or hold data. */
const EXCEPTED =
  /^(package(-lock)?\.json|src\/spec\/|test\/spec\/control\/|docs\/screenshots\/|.*\.(json|svg|png|jpe?g|webp|ico)$)/

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '')
const problems: string[] = []

for (const file of files.filter((each) => !EXCEPTED.test(each))) {
  // A file that was removed is listed until that is committed.
  const text = await readFile(file, 'utf8').catch(() => '')
  for (const [nth, line] of text.split('\n').entries()) {
    if (line.length > WIDTH && !mayBeLong(file, line)) {
      problems.push(`${file}:${nth + 1} has ${line.length} characters; lines end at ${WIDTH}`)
    }
  }
}

const names = new Set(files.map((file) => file.split('/')[0]))
if (names.size > MOST_NAMES) {
  problems.push(`the top level has ${names.size} names; let some stand elsewhere, so that ${MOST_NAMES} are left`)
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

/** Whether a line cannot be broken: a row of a table, a regular expression, the title of a test, one very long word. */
function mayBeLong(file: string, line: string): boolean {
  if (file.endsWith('.md') && line.startsWith('|')) return true
  if (/^\s*\/[^*/].*\/[a-z]*,?$/.test(line)) return true
  // The title stays one text, so that it is found by a search.
  if (/^\s*(test|describe)(\.\w+)*\(/.test(line)) return true
  const longest = Math.max(...line.split(/\s+/).map((word) => word.length))
  return line.length - longest < 30
}
