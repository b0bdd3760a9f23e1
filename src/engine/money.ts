import { MisuseError } from './misuse-error.ts'

/** Money in whole micro-dollars ($0.000001), a safe integer. Never a float of dollars. */
export type MicroUsd = number

const MICRO_PER_USD = 1_000_000

/**
 * Dollars to micro-dollars, exactly.
 *
 * @param dollars a decimal with at most six places: `'1.25'`, `'1000000'`, or a number that prints as one
 * @throws {MisuseError} for anything else, and for sums beyond the safe integers
 */
export function usd(dollars: string | number): MicroUsd {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(String(dollars))
  if (!match)
    throw new MisuseError(
      `usd: expects dollars with at most six decimals, received ${JSON.stringify(dollars)}. Example: '1.25'`,
    )
  const [, sign, whole, fraction = ''] = match
  const micro = Number(whole) * MICRO_PER_USD + Number(fraction.padEnd(6, '0'))
  return assertMicroUsd(sign ? -micro || 0 : micro, 'usd')
}

/** `1234500` as `'$1.2345'`; at least two decimals. */
export function formatUsd(amount: MicroUsd): string {
  const absolute = Math.abs(amount)
  const fraction = String(absolute % MICRO_PER_USD)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  const whole = String(Math.floor(absolute / MICRO_PER_USD)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${amount < 0 ? '-' : ''}$${whole}.${fraction}`
}

/** @throws {MisuseError} unless `amount` is a safe integer */
export function assertMicroUsd(amount: number, what: string): MicroUsd {
  if (!Number.isSafeInteger(amount)) {
    throw new MisuseError(`${what}: expects whole micro-dollars within the safe integers, received ${amount}`)
  }
  return amount
}
