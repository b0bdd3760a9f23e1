import { CAP_ROWS, shorten, TAIL_ROWS, textColumns } from './font.ts'

/**
 * One line of text in its place: `x` and `y` in pixels from the panel's upper left, `scale` in pixels to a font cell.
 */
export interface CaptionLine {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly role: 'title' | 'number' | 'id' | 'size'
}

/** Lines of text and the size of the panel they stand on, in pixels. */
export interface Caption {
  readonly lines: readonly CaptionLine[]
  readonly width: number
  readonly height: number
  /** Space between the text and the panel's edge, in pixels. */
  readonly padding: number
}

/** What a caption says. */
export interface CaptionWords {
  readonly title: string
  readonly number: string
  readonly id: string
  readonly size: string
}

/** How an id may be broken; four short lines must win clearly, as they hide more of the picture. */
const ID_SHAPES = [
  { groupsPerLine: 4, weight: 1 },
  { groupsPerLine: 2, weight: 0.75 },
] as const

const ID_DIGITS = 32
const PANEL_SHARE = 0.88

/** The largest caption for a picture of `width` by `height` pixels. Words that fit at no scale end in `…`. */
export function layOutCaption(words: CaptionWords, width: number, height: number): Caption {
  const roomX = Math.floor(width * PANEL_SHARE)
  const roomY = Math.floor(height * PANEL_SHARE)
  let best: { caption: Caption; score: number } | null = null
  for (const { groupsPerLine, weight } of ID_SHAPES) {
    const id = breakId(words.id, groupsPerLine)
    for (let scale = Math.max(1, Math.floor(roomY / CAP_ROWS / id.length)); scale >= 1; scale--) {
      const caption = layOutAt(scale, words, id, roomX)
      if (caption.width > roomX || caption.height > roomY) continue
      if (!best || scale * weight > best.score) best = { caption, score: scale * weight }
      break
    }
  }
  return best?.caption ?? layOutAt(1, words, breakId(words.id, 2), roomX)
}

function layOutAt(scale: number, words: CaptionWords, id: readonly string[], roomX: number): Caption {
  const padding = 6 * scale
  const room = roomX - 2 * padding
  const lines: CaptionLine[] = []
  let y = padding
  const add = (text: string, role: CaptionLine['role'], wanted: number, gapRows: number): void => {
    const fitting = Math.floor(room / textColumns(text))
    const lineScale = Math.max(role === 'id' ? scale : Math.ceil(scale / 2), Math.min(wanted, fitting))
    const shown = role === 'id' ? text : shorten(text, Math.floor(room / lineScale))
    if (lines.length > 0) y += gapRows * scale
    lines.push({ text: shown, x: padding, y, scale: lineScale, role })
    y += CAP_ROWS * lineScale
    // Ids and sizes have no tails to make room for.
    if (role === 'title' || role === 'number') y += TAIL_ROWS * lineScale
  }
  add(words.title, 'title', Math.max(scale + 1, Math.round(scale * 2.4)), 0)
  add(words.number, 'number', Math.round(scale * 1.5), 3)
  for (const [i, line] of id.entries()) add(line, 'id', scale, i === 0 ? 4 : 3)
  add(words.size, 'size', scale, 6)
  const widest = Math.max(...lines.map((line) => textColumns(line.text) * line.scale))
  return { lines, width: widest + 2 * padding, height: y + padding, padding }
}

/** An id in groups of four digits, which an eye can hold and compare. */
function breakId(id: string, groupsPerLine: number): string[] {
  const shown = id.length > ID_DIGITS ? `${id.slice(0, ID_DIGITS - 1)}…` : id
  const groups = shown.match(/.{1,4}/gsu) ?? []
  const lines: string[] = []
  for (let i = 0; i < groups.length; i += groupsPerLine) lines.push(groups.slice(i, i + groupsPerLine).join(' '))
  return lines.length > 0 ? lines : ['-']
}
