import { CHAPTERS, type Rule, rules } from '../src/spec/rules.ts'
import { wrap } from './markdown.ts'

/** docs/rules.md, from the rules as data. */
export function rulesTable(banner: string): string {
  const chapters = Object.entries(CHAPTERS).map(([chapter, title]) => {
    const rows = rules.filter(({ id }) => id.startsWith(`${chapter}.`)).map(row)
    return [
      `## ${title}`,
      '',
      '| id | rule | from | open | needs |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n')
  })
  return [
    `<!-- ${banner} -->`,
    '# The rules',
    '',
    wrap(
      'Every promise of the API that phota-mock keeps. Each is named by the tests that hold it: ' +
        '`npm test -- -t poll.expired` runs those of one rule, behind both doors.',
    ),
    '',
    wrap(
      '*From* is where the promise comes from: a part of the API’s **guide** to asynchronous requests, its ' +
        'published **reference**, or a **choice** of ours where nobody has published anything. `verify` reports a ' +
        'breach of guide or reference as *failed*, and a difference from a choice as a *note*. *Open* is what a ' +
        'rule leaves to every implementation: phota-mock’s own answer to that is a choice too. *Needs* is what a ' +
        'suite must have at hand to try the rule from outside.',
    ),
    '',
    ...chapters,
  ].join('\n')
}

function row({ id, text, needs, source, section, open = '' }: Rule): string {
  const needed = needs.map((need) => [need].flat().join(' or ')).join(', ')
  const from = source === 'guide' && section !== null ? `guide, ${section}` : source
  return `| \`${id}\` | ${text} | ${from} | ${open} | ${needed} |`
}
