/** How much is tried: every two values of two dimensions together, or each value once. */
export const DEPTHS = ['full', 'quick'] as const
export type Depth = (typeof DEPTHS)[number]

/**
 * What an implementation may do without: what depends on it is skipped.
 *
 * - `profiles`: the endpoints of the profiles
 * - `sync`: requests without `async`
 * - `limits`: the reference's limits of request fields
 */
export const WITHOUT = ['profiles', 'sync', 'limits'] as const
export type Part = (typeof WITHOUT)[number]
