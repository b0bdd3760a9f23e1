import { describe, expect, test } from 'vitest'
import { layOutCaption } from '../../../src/phota/image/caption.ts'
import { CAP_ROWS, glyphOf, shorten, textColumns } from '../../../src/phota/image/font.ts'

const JOB = '0123456789ab4def8123456789abcdef'
const SIZES = [256, 300, 512, 768, 1000, 1024, 2048, 4096].flatMap((side) =>
  [
    [1, 1],
    [3, 4],
    [4, 3],
    [9, 16],
    [16, 9],
  ].map(([x = 1, y = 1]) => {
    const unit = side / Math.max(x, y)
    return [Math.round(x * unit), Math.round(y * unit)] as const
  }),
)

describe('layOutCaption', () => {
  test.each(SIZES)('fits a picture of %i by %i, with every digit of the id', (width, height) => {
    for (const title of ['edit', 'generate', 'profile', 'a-word-that-is-far-too-long-for-any-picture']) {
      const caption = layOutCaption({ title, number: 'output 1', id: JOB, size: `${width}×${height}` }, width, height)
      expect(caption.width).toBeLessThanOrEqual(width)
      expect(caption.height).toBeLessThanOrEqual(height)
      for (const line of caption.lines) {
        expect(Number.isInteger(line.scale) && line.scale >= 1).toBe(true)
        expect(line.x + textColumns(line.text) * line.scale).toBeLessThanOrEqual(caption.width - caption.padding)
        expect(line.y + CAP_ROWS * line.scale).toBeLessThanOrEqual(caption.height - caption.padding)
      }
      const id = caption.lines.filter((line) => line.role === 'id').map((line) => line.text)
      expect(id.join('').replaceAll(' ', '')).toBe(JOB)
      expect(caption.lines.at(-1)?.text).toBe(`${width}×${height}`)
      if (title.length <= 8) expect(caption.lines[0]?.text).toBe(title)
      else expect(caption.lines[0]?.text).toMatch(/^a-word.*…$/)
    }
  })

  test('shortens an id longer than a job id', () => {
    const words = { title: 'edit', number: 'output 1', id: 'f'.repeat(80), size: '256×256' }
    const id = layOutCaption(words, 256, 256).lines.filter((line) => line.role === 'id')
    expect(
      id
        .map((line) => line.text)
        .join('')
        .replaceAll(' ', ''),
    ).toBe(`${'f'.repeat(31)}…`)
  })
})

describe('the font', () => {
  test('has a glyph of its own for every character it claims', () => {
    const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789-×#.:/_… ']
    const glyphs = [...characters, '€'].map((character) => JSON.stringify(glyphOf(character)))
    expect(new Set(glyphs).size).toBe(glyphs.length)
    expect(glyphOf(' ')).toEqual([])
    expect(glyphOf('A')).toEqual(glyphOf('a'))
  })

  test('draws what it does not know as a box', () => {
    expect(glyphOf('€')).toEqual(glyphOf('漢'))
    expect(glyphOf('€')[0]).toEqual({ row: 0, column: 0, columns: 5 })
  })

  test('shortens to the columns there are', () => {
    expect(shorten('generate', 47)).toBe('generate')
    expect(shorten('generate', 46)).toBe('genera…')
    expect(shorten('generate', 3)).toBe('…')
  })
})
