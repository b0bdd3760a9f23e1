import type { JobOperation } from '../spec/index.ts'

/** Whole micro-dollars, $0.000001. */
export type MicroUsd = number

interface Price {
  /** Of one output, at least. */
  readonly floor: MicroUsd
  /** Of one output with a known subject in it. */
  readonly withIdentity: MicroUsd
}

/**
 * Enhance and remix are published. What edit and generate cost depends on the model, and is not; these are the default
 * model's at 1K.
 */
const PRICES: Readonly<Record<JobOperation, Price>> = {
  edit: { floor: 90_000, withIdentity: 120_000 },
  generate: { floor: 90_000, withIdentity: 120_000 },
  enhance: { floor: 120_000, withIdentity: 150_000 },
  remix: { floor: 120_000, withIdentity: 150_000 },
}

/** What a submit reserves, at the published price; `null` where there is none. */
export function publishedFloor(operation: JobOperation, outputs: number): MicroUsd | null {
  return operation === 'enhance' || operation === 'remix' ? PRICES[operation].floor * outputs : null
}

/** What a training costs, by its tier; published. */
const TRAINING: Readonly<Record<string, MicroUsd>> = { standard: 2_900_000, fast: 1_490_000 }

/** What a training costs at most; without any photo there can be none. */
export function trainingPrice(body: Readonly<Record<string, unknown>>): MicroUsd {
  if (body['image_urls'] === undefined) return 0
  return TRAINING[String(body['training_tier'] ?? 'standard')] ?? 2_900_000
}

/** What a request costs at most. */
export function highestPrice(operation: JobOperation, body: Readonly<Record<string, unknown>>): MicroUsd {
  const outputs = typeof body['num_output_images'] === 'number' ? body['num_output_images'] : 1
  const namesSomebody =
    /\[\[.+\]\]/.test(String(body['prompt'] ?? '')) ||
    (Array.isArray(body['profile_ids']) && body['profile_ids'].length > 0)
  const { floor, withIdentity } = PRICES[operation]
  return (namesSomebody ? withIdentity : floor) * outputs
}
