import type { ImageRequest } from './image-request.ts'

const IDENTITY = 30_000
const NB2 = { '1K': 90_000, '2K': 120_000, '4K': 180_000 }
const SIZES = { '1K': 1, '2K': 2, '4K': 4 }
const TIERS = { low: 11_000, auto: 42_000, medium: 42_000, high: 167_000 }

/** For one output image: the least it costs. */
function floorOfOne(request: ImageRequest): number {
  if (request.operation === 'enhance' || request.operation === 'remix') return 120_000
  if (request.model === 'nb2') return NB2[request.resolution]
  if (request.model === 'gpt-image-2') return TIERS.low * SIZES[request.resolution]
  return 50_000
}

export const floorOf = (request: ImageRequest): number => floorOfOne(request) * request.outputs

/** What success costs: the identity difference comes on top, for each output that shows somebody known. */
export function finalOf(request: ImageRequest, counts: Readonly<Record<string, number>>): number {
  const one =
    request.model === 'gpt-image-2' && (request.operation === 'edit' || request.operation === 'generate')
      ? TIERS[request.quality] * SIZES[request.resolution]
      : floorOfOne(request)
  const known = Math.min(request.outputs, Math.max(0, ...Object.values(counts)))
  return one * request.outputs + IDENTITY * known
}

export const TRAINING_PRICE: Readonly<Record<'standard' | 'fast', number>> = { standard: 2_900_000, fast: 1_490_000 }
