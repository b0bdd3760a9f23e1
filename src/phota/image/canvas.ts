import type { Rgb } from './colour.ts'
import { ADVANCE, glyphOf } from './font.ts'

/**
 * A circle of `radius` drawn out by `stretchX` and `stretchY` to each side: a disc at 0 and 0, else a rounded box. All
 * in pixels.
 */
export interface Blob {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly stretchX: number
  readonly stretchY: number
}

/** An RGB picture, 3 bytes a pixel, row by row from the top. What falls outside it is left out. */
export class Canvas {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
  readonly #rising: boolean

  /**
   * @param rising whether ramps run from the lower left to the upper right, not from the upper left to the lower right
   */
  constructor(width: number, height: number, rising: boolean) {
    this.width = width
    this.height = height
    this.pixels = new Uint8Array(width * height * 3)
    this.#rising = rising
  }

  /** Rows from a ramp of `width + height` colours: along a diagonal each row is the one before moved by a pixel. */
  fill(ramp: Uint8Array, top: number, bottom: number): void {
    for (let y = top; y < Math.min(bottom, this.height); y++) this.#copy(ramp, y, 0, this.width)
  }

  /** A shape coloured by another ramp, with smooth edges. */
  blob(ramp: Uint8Array, blob: Blob): void {
    const reach = blob.stretchY + blob.radius + 1
    const bottom = Math.min(this.height, Math.ceil(blob.y + reach))
    for (let y = Math.max(0, Math.floor(blob.y - reach)); y < bottom; y++) {
      const away = Math.max(0, Math.abs(y + 0.5 - blob.y) - blob.stretchY)
      const outer = halfChord(blob.radius + 0.5, away)
      if (outer === null) continue
      const inner = halfChord(blob.radius - 0.5, away)
      // Only the rim is mixed pixel by pixel; the inside is one copy a row.
      const from = Math.ceil(inner === null ? blob.x : blob.x - blob.stretchX - inner)
      const to = Math.max(from, Math.floor(inner === null ? blob.x : blob.x + blob.stretchX + inner))
      this.#rim(ramp, y, Math.floor(blob.x - blob.stretchX - outer), from, blob, away)
      this.#copy(ramp, y, from, to)
      this.#rim(ramp, y, to, Math.ceil(blob.x + blob.stretchX + outer), blob, away)
    }
  }

  /** One line of text; `x` and `y` are the upper left of its first cell, `scale` the pixels to a cell of the font. */
  text(text: string, x: number, y: number, scale: number, colour: Rgb): void {
    let left = x
    for (const character of text) {
      for (const run of glyphOf(character)) {
        this.#box(left + run.column * scale, y + run.row * scale, run.columns * scale, scale, colour)
      }
      left += ADVANCE * scale
    }
  }

  #rampStart(y: number): number {
    return this.#rising ? this.height - 1 - y : y
  }

  #copy(ramp: Uint8Array, y: number, from: number, to: number): void {
    const left = Math.max(0, from)
    const right = Math.min(this.width, to)
    if (left >= right) return
    const start = this.#rampStart(y)
    this.pixels.set(ramp.subarray((start + left) * 3, (start + right) * 3), (y * this.width + left) * 3)
  }

  #rim(ramp: Uint8Array, y: number, from: number, to: number, blob: Blob, away: number): void {
    const right = Math.min(this.width, to)
    for (let x = Math.max(0, from); x < right; x++) {
      const distance = Math.hypot(Math.max(0, Math.abs(x + 0.5 - blob.x) - blob.stretchX), away)
      const share = Math.min(1, Math.max(0, blob.radius + 0.5 - distance))
      const source = (this.#rampStart(y) + x) * 3
      const target = (y * this.width + x) * 3
      for (let i = 0; i < 3; i++) {
        const under = this.pixels[target + i] ?? 0
        this.pixels[target + i] = Math.round(under + ((ramp[source + i] ?? 0) - under) * share)
      }
    }
  }

  #box(x: number, y: number, width: number, height: number, [red, green, blue]: Rgb): void {
    const left = Math.max(0, x)
    const right = Math.min(this.width, x + width)
    const bottom = Math.min(this.height, y + height)
    for (let row = Math.max(0, y); row < bottom; row++) {
      for (let at = (row * this.width + left) * 3; at < (row * this.width + right) * 3; at += 3) {
        this.pixels[at] = red
        this.pixels[at + 1] = green
        this.pixels[at + 2] = blue
      }
    }
  }
}

/** Half the width of a circle at `away` from its centre; `null` where the circle does not reach. */
function halfChord(radius: number, away: number): number | null {
  return away < radius ? Math.sqrt(radius * radius - away * away) : null
}
