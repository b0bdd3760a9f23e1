/**
 * Whole micro-dollars as dollars, for reports, tables and pages: `$1,234.50`, `-$0.000001`.
 * As many decimals as the amount needs, at least two.
 */
export function dollars(microUsd: number): string {
  return (microUsd / 1e6).toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  })
}
