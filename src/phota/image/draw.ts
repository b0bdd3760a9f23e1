import { hash } from 'node:crypto'
import { Canvas } from './canvas.ts'
import { layOutCaption } from './caption.ts'
import { oklch, type Rgb } from './colour.ts'

/** All that an image is drawn from; the same spec is the same picture. */
export interface ImageSpec {
  /** `edit`, `generate`, … or `profile` for a profile picture. */
  operation: string
  /** The job's id, or the profile's for a profile picture. */
  jobId: string
  /** Which output of the job, from 1. */
  output: number
  /** In pixels. */
  width: number
  /** In pixels. */
  height: number
}

const DISCS = 3

/** Rows that are filled in one go. */
const BAND = 1024

// Taken at import, so that a user's fake timers do not keep a picture waiting.
const { setImmediate } = globalThis

/**
 * Draws an output image: a gradient that tells outputs apart at a glance, and a caption that says which one it is.
 *
 * Between its steps others get their turn: at 4K all of it takes 150 ms.
 *
 * @returns `width × height × 3` bytes: RGB, row by row from the top
 */
export async function drawImage(spec: ImageSpec): Promise<Uint8Array> {
  const { width, height } = spec
  const hue = hueOf(spec)
  const seed = Buffer.from(hash('sha256', `${spec.jobId}\n${spec.output}`, 'hex'), 'hex')
  const fraction = (i: number): number => (seed[i] ?? 0) / 255
  const canvas = new Canvas(width, height, fraction(0) < 0.5)
  const colours = width + height
  const ground = backdrop(colours, hue, 0)
  for (let y = 0; y < height; y += BAND) {
    await othersTurn()
    canvas.fill(ground, y, y + BAND)
  }

  const side = Math.min(width, height)
  for (let i = 0; i < DISCS; i++) {
    await othersTurn()
    canvas.blob(backdrop(colours, hue, i % 2 === 0 ? 0.05 : -0.05), {
      x: width * fraction(1 + 3 * i),
      y: height * fraction(2 + 3 * i),
      radius: side * (0.2 + 0.25 * fraction(3 + 3 * i)),
      stretchX: 0,
      stretchY: 0,
    })
  }
  await othersTurn()
  drawCaption(canvas, spec, hue)
  return canvas.pixels
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function drawCaption(canvas: Canvas, spec: ImageSpec, hue: number): void {
  const { width, height } = canvas
  const counted = spec.operation === 'profile' ? 'picture' : 'output'
  const words = {
    title: spec.operation,
    number: `${counted} ${spec.output}`,
    id: spec.jobId,
    size: `${width}×${height}`,
  }
  const caption = layOutCaption(words, width, height)
  const left = Math.floor((width - caption.width) / 2)
  const top = Math.floor((height - caption.height) / 2)
  canvas.blob(
    ramp(width + height, (t) => oklch(0.3 - 0.06 * t, 0.045, hue + 50 * t)),
    {
      x: left + caption.width / 2,
      y: top + caption.height / 2,
      radius: caption.padding,
      stretchX: caption.width / 2 - caption.padding,
      stretchY: caption.height / 2 - caption.padding,
    },
  )
  const colours: Record<(typeof caption.lines)[number]['role'], Rgb> = {
    title: [255, 255, 255],
    number: oklch(0.86, 0.1, hue),
    id: oklch(0.95, 0.015, hue),
    size: oklch(0.78, 0.06, hue),
  }
  for (const line of caption.lines) {
    canvas.text(line.text, left + line.x, top + line.y, line.scale, colours[line.role])
  }
}

/**
 * In degrees. A quarter turn from one output to the next, as a hash alone would now and then give two the same colour.
 */
function hueOf(spec: ImageSpec): number {
  const digest = hash('sha256', spec.jobId, 'hex')
  return (Number.parseInt(digest.slice(0, 4), 16) / 65536) * 360 + 90 * (spec.output - 1)
}

/**
 * Chroma is as high as nearly every hue can have in sRGB; with more, teals are cut off and the gradient shows a crease.
 */
function backdrop(colours: number, hue: number, lift: number): Uint8Array {
  return ramp(colours, (t) => oklch(0.76 + lift - 0.2 * t, 0.1, hue + 50 * t))
}

/** `colours` RGB colours in a row; `at` runs from 0 to 1. */
function ramp(colours: number, at: (t: number) => Rgb): Uint8Array {
  const bytes = new Uint8Array(colours * 3)
  for (let i = 0; i < colours; i++) bytes.set(at(i / colours), i * 3)
  return bytes
}
