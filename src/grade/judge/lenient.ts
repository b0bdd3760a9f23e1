import { type Exchange, objectOf } from '../exchange.ts'
import { cannotJudge, endingOf, HOLDS, type Judge, notApplicable, when } from './trial.ts'

export const fields: Judge = (course, trial) => {
  const seen = course.rounds('more-fields', 'absent-members', 'other-times')
  for (const played of seen) {
    const polls = played.exchanges.filter(({ kind }) => kind === 'poll' || kind === 'submit')
    trial.look(...polls)
    if (played.ending.kind === 'done') continue
    trial.breach('it gets its pictures', `it did not, ${when(played)}: ${endingOf(played)}`, polls.at(-1) ?? null)
  }
  return seen.length > 0 ? HOLDS : cannotJudge('its rounds were not run')
}

export const text: Judge = (course, trial) => {
  let foreign = 0
  for (const one of course.submits) {
    const problem = textProblem(one)
    if (hasForeign(one.body) || problem !== null) {
      foreign += 1
      trial.look(one)
    }
    if (problem !== null) trial.breach('prompts in UTF-8, as they were meant', problem, one)
  }
  return foreign > 0 ? HOLDS : notApplicable('its prompts are ASCII alone')
}

function hasForeign(body: Buffer): boolean {
  return body.some((byte) => byte >= 0x80) || /\\u(00[89a-f]|0[1-9a-f]|[1-9a-f])/i.test(body.toString('latin1'))
}

/** What is wrong with the text of a submit; `null` if nothing is. */
function textProblem({ body }: Exchange): string | null {
  let sent: string
  try {
    sent = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return 'a body whose bytes are not UTF-8'
  }
  const json = objectOf(sent)
  if (json === null) return hasForeign(body) ? 'a body that breaks off, as if characters were counted for bytes' : null
  const prompt = json['prompt']
  return typeof prompt === 'string' ? wordProblem(prompt) : null
}

function wordProblem(value: string): string | null {
  const shown = `“${value.slice(0, 60)}”`
  if (value !== '' && value.trim() === '') return 'a text of blanks alone, of which every letter was lost'
  if (!value.isWellFormed()) return `half of a character: ${shown}`
  if (value.includes('\ufffd')) return `replaced characters: ${shown}`
  if (/\p{L}\?\p{L}|\?{3,}/u.test(value)) return `question marks for letters: ${shown}`
  if (/\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|&#\d+;|%[0-9A-F]{2}%[0-9A-F]{2}/i.test(value))
    return `escapes for letters: ${shown}`
  return isTwiceEncoded(value) ? `UTF-8 that was read as Latin-1: ${shown}` : null
}

/** Its characters, as bytes, are UTF-8 of other text. */
function isTwiceEncoded(value: string): boolean {
  const bytes: number[] = []
  for (const character of value) {
    const code = character.codePointAt(0) as number
    const byte = code < 0x100 ? code : WINDOWS_1252.get(character)
    if (byte === undefined) return false
    bytes.push(byte)
  }
  if (!bytes.some((byte) => byte >= 0x80)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes))
    return true
  } catch {
    return false
  }
}

/** What bytes from 0x80 to 0x9f are on Windows. */
const WINDOWS_1252 = new Map(
  Array.from({ length: 32 }, (_, nth): [string, number] => {
    const byte = 0x80 + nth
    return [new TextDecoder('windows-1252').decode(Buffer.from([byte])), byte]
  }),
)
