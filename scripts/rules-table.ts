import { CHAPTERS, type Rule, rules } from '../src/spec/rules.ts'

/** docs/rules.md, from the rules as data. */
export function rulesTable(banner: string): string {
  const chapters = Object.entries(CHAPTERS).map(([chapter, title]) => {
    const rows = rules.filter(({ id }) => id.startsWith(`${chapter}.`)).map(row)
    return [`## ${title}`, '', '| id | rule | needs |', '| --- | --- | --- |', ...rows, ''].join('\n')
  })
  return [
    `<!-- ${banner} -->`,
    '# The rules',
    '',
    'Every promise of the API that phota-mock keeps. Each is named by the tests that hold it: `npm test -- -t poll.expired` runs',
    'those of one rule, behind both doors. *Needs* is what a suite must have at hand to try the rule from outside. A *choice* is',
    'where the API’s guide is silent, so that another implementation may answer differently.',
    '',
    ...chapters,
  ].join('\n')
}

function row({ id, text, needs, choice }: Rule): string {
  const needed = needs.map((need) => [need].flat().join(' or ')).join(', ')
  return `| \`${id}\` | ${choice ? '*Choice.* ' : ''}${text} | ${needed} |`
}
