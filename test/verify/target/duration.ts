/** Whole milliseconds, or text with units such as `1h30m`. */
export function durationMs(duration: string | number): number {
  if (typeof duration === 'number') return duration
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  let ms = 0
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    ms += Number(amount) * (units[unit ?? ''] ?? 0)
  }
  return ms
}
