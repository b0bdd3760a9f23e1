import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { chapters, habits } from '../../src/grade/habits.ts'
import { judges } from '../../src/grade/judge/index.ts'
import { rounds } from '../../src/grade/rounds.ts'

const ids = habits.map(({ id }) => id)

test('Each habit has an id of its own, in a chapter, a judge, and a round that shows it', () => {
  expect(new Set(ids).size).toBe(ids.length)
  expect(Object.keys(judges)).toEqual(ids)
  for (const id of ids) {
    expect(Object.keys(chapters)).toContain(id.split('.')[0])
    expect(
      rounds.filter(({ shows }) => shows.includes(id)).map((round) => round.id),
      id,
    ).not.toEqual([])
  }
})

test('Each round shows habits that there are', () => {
  expect(rounds.flatMap(({ shows }) => shows).filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(rounds.map(({ id }) => id)).size).toBe(rounds.length)
  expect(rounds[0]?.id).toBe('ordinary')
})

test('docs/grade.md says of each habit what grade says, and of each round', async () => {
  const plain = (text: string): string => text.replace(/^> /gm, '').replaceAll(/\s+/g, ' ')
  const page = await readFile('docs/grade.md', 'utf8')
  for (const { id, text, why, guide, mend } of habits) {
    const [, part = ''] = page.split(`#### \`${id}\`\n`)
    const mine = plain(part.split('\n#### ')[0] as string)
    for (const sentence of [text, why, guide, mend]) expect(mine, id).toContain(plain(sentence))
    expect(mine, id).toMatch(/```ts .*```python /)
  }
  for (const { id, text } of rounds) expect(page).toContain(`| \`${id}\` | ${text} |`)
})
