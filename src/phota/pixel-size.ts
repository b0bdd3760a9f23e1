const LONG_EDGE = { '1K': 1024, '2K': 2048, '4K': 4096 } as const

/** Pixels of an output: the long edge by resolution, the other by aspect ratio (`w:h`); `auto` is square. */
export function pixelSize(resolution: keyof typeof LONG_EDGE, aspectRatio: string): { width: number; height: number } {
  const long = LONG_EDGE[resolution]
  const [w = 1, h = 1] = aspectRatio === 'auto' ? [] : aspectRatio.split(':').map(Number)
  return w >= h
    ? { width: long, height: Math.round((long * h) / w) }
    : { width: Math.round((long * w) / h), height: long }
}
