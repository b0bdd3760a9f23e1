import type { Description } from './description.ts'

/** The TypeScript module that holds the values of every schema that lists some. */
export function enumTable({ schemas }: Description): string {
  const lists = Object.entries(schemas).flatMap(([name, schema]) => {
    const { enum: values } = schema as { enum?: readonly string[] }
    return values === undefined ? [] : [`  ${name}: [${values.map((value) => `'${value}'`).join(', ')}],`]
  })
  return `/** What each schema lists, in its order. */\nexport const enums = {\n${lists.join('\n')}\n} as const\n`
}
