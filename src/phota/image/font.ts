/** Rows a capital or a digit fills, from the top of its cell to the baseline. */
export const CAP_ROWS = 7

/** Rows of a cell below the baseline, where `g` and `p` have their tails. */
export const TAIL_ROWS = 2

/** Columns from one character to the next: five of glyph and one of space. */
export const ADVANCE = 6

const GLYPH_COLUMNS = ADVANCE - 1

/** Stands in for every character the font has not, so that a stray one is seen and not lost. */
const UNKNOWN = '□'

const SHEET: readonly (readonly [characters: string, rows: readonly string[]])[] = [
  [
    'abcdefghijklm',
    [
      '..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#. #.... .##.. .....',
      '..... #.... ..... ....# ..... .#... ..... #.... ..... ..... #.... ..#.. .....',
      '.###. ####. .###. .#### .###. ####. .#### ####. .##.. ..##. #..#. ..#.. ##.#.',
      '....# #...# #...# #...# #...# .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.#',
      '.#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#. ##... ..#.. #.#.#',
      '#...# #...# #...# #...# #.... .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.#',
      '.#### ####. .###. .#### .###. .#... .#### #...# .###. ...#. #..#. .###. #.#.#',
      '..... ..... ..... ..... ..... ..... ....# ..... ..... #..#. ..... ..... .....',
      '..... ..... ..... ..... ..... ..... .###. ..... ..... .##.. ..... ..... .....',
    ],
  ],
  [
    'nopqrstuvwxyz',
    [
      '..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....',
      '..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....',
      '####. .###. ####. .#### #.##. .#### ####. #...# #...# #...# #...# #...# #####',
      '#...# #...# #...# #...# ##..# #.... .#... #...# #...# #.#.# .#.#. #...# ...#.',
      '#...# #...# #...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#..',
      '#...# #...# #...# #...# #.... ....# .#..# #...# .#.#. #.#.# .#.#. #...# .#...',
      '#...# .###. ####. .#### #.... ####. ..##. .#### ..#.. .#.#. #...# .#### #####',
      '..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... ....# .....',
      '..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... .###. .....',
    ],
  ],
  [
    '0123456789 □',
    [
      '.###. ..#.. .###. .###. ...#. ##### ..##. ##### .###. .###. ..... #####',
      '#...# .##.. #...# #...# ..##. #.... .#... ....# #...# #...# ..... #...#',
      '#..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...# ..... #...#',
      '#.#.# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .#### ..... #...#',
      '##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....# ..... #...#',
      '#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. ..... #...#',
      '.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. ..... #####',
      '..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....',
      '..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....',
    ],
  ],
  [
    '-_×#.:/…',
    [
      '..... ..... ..... ..... ..... ..... ....# .....',
      '..... ..... #...# .#.#. ..... ..... ....# .....',
      '..... ..... .#.#. ##### ..... ..#.. ...#. .....',
      '.###. ..... ..#.. .#.#. ..... ..... ..#.. .....',
      '..... ..... .#.#. ##### ..... ..... .#... .....',
      '..... ..... #...# .#.#. ..... ..#.. #.... .....',
      '..... ##### ..... ..... ..#.. ..... #.... #.#.#',
      '..... ..... ..... ..... ..... ..... ..... .....',
      '..... ..... ..... ..... ..... ..... ..... .....',
    ],
  ],
]

/** Lit cells that lie side by side in one row of a glyph. */
export interface Run {
  readonly row: number
  readonly column: number
  readonly columns: number
}

const GLYPHS: ReadonlyMap<string, readonly Run[]> = new Map(
  SHEET.flatMap(([characters, rows]) =>
    Array.from(characters, (character, i): [string, readonly Run[]] => [
      character,
      rows.flatMap((cells, row) => runsOf(cells.slice(i * ADVANCE, i * ADVANCE + GLYPH_COLUMNS), row)),
    ]),
  ),
)

/**
 * The glyph of one character as runs of lit cells, in a cell of 5 columns by `CAP_ROWS + TAIL_ROWS` rows.
 * Capitals are drawn as small letters; a character the font has not is drawn as a box.
 */
export function glyphOf(character: string): readonly Run[] {
  return GLYPHS.get(character.toLowerCase()) ?? GLYPHS.get(UNKNOWN) ?? []
}

/** Columns that `text` takes in one line, without the space after its last character. */
export function textColumns(text: string): number {
  return Math.max(0, Array.from(text).length * ADVANCE - 1)
}

/** `text`, or its beginning with `…` where the whole takes more than `columns`. */
export function shorten(text: string, columns: number): string {
  if (textColumns(text) <= columns) return text
  const fitting = Math.max(1, Math.floor((columns + 1) / ADVANCE))
  return `${Array.from(text)
    .slice(0, fitting - 1)
    .join('')}…`
}

function runsOf(cells: string, row: number): Run[] {
  return Array.from(cells.matchAll(/#+/g), (lit) => ({ row, column: lit.index, columns: lit[0].length }))
}
