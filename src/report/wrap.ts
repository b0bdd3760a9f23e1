/** Columns of the terminal report. */
export const WIDTH = 100

/**
 * Lines of at most `width` characters, broken at blanks; a word that is longer than a line is broken where the line
 * ends.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const add = (word: string): void => {
    line = line === '' ? word : `${line} ${word}`
    for (; length(line) > width; line = [...line].slice(width).join('')) {
      lines.push([...line].slice(0, width).join(''))
    }
  }
  for (const word of text.split(' ')) {
    const isTooLong = line !== '' && length(line) + 1 + length(word) > width
    if (isTooLong && length(word) <= width) {
      lines.push(line)
      line = ''
    }
    add(word)
  }
  return [...lines, line]
}

/** One paragraph, its further lines indented. `first` may be shorter than the indent. */
export function paragraph(first: string, text: string, indent: number): string[] {
  return wrapped(text, WIDTH - indent).map((line, nth) =>
    nth === 0 ? `${first.padEnd(indent)}${line}` : `${' '.repeat(indent)}${line}`,
  )
}

function length(text: string): number {
  return [...text].length
}
