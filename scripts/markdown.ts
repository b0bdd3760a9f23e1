const WIDTH = 120

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** One paragraph, its lines as short as all others. @param indent what its lines but the first begin with */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = ['']
  for (const word of text.trim().split(/\s+/)) {
    const line = lines.at(-1) as string
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length > WIDTH && line !== '') lines.push(indent + word)
    else lines[lines.length - 1] = longer
  }
  return lines.join('\n')
}
