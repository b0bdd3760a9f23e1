import { type Fields, isRecord, oneOf } from '../engine/fields.ts'
import { OPTION_FIELDS, type WorldOptions } from '../engine/world-options.ts'
import { DEFAULT_PRICES, type PriceList, resolvePrices } from './price-list.ts'

export const DEFAULT_CDN_BASE_URL = 'https://cache-cdn.photalabs.com'

/** What can be chosen about a World of this API alone. */
export interface OwnOptions {
  /** Answer 404 for a profile id that is unknown or not READY, instead of ignoring it. @default false */
  strictProfiles: boolean
  /** Each part that is left out has its default. */
  prices: PriceList
}

/** Everything about a World that can be chosen, at its start and never after. */
export interface PhotaWorldOptions extends WorldOptions, OwnOptions {}

export const OWN_OPTION_FIELDS: Fields<OwnOptions> = {
  strictProfiles: oneOf(true, false),
  prices: { expects: 'a price list, such as DEFAULT_PRICES', accepts: isRecord },
}

/** What each option may hold. */
export const PHOTA_OPTION_FIELDS: Fields<PhotaWorldOptions> = { ...OPTION_FIELDS, ...OWN_OPTION_FIELDS }

/** @throws {MisuseError} naming the price that is none */
export function resolveOwnOptions(given: Partial<PhotaWorldOptions>): OwnOptions & Pick<WorldOptions, 'cdnBaseUrl'> {
  return {
    strictProfiles: given.strictProfiles ?? false,
    prices: given.prices === undefined ? DEFAULT_PRICES : resolvePrices(given.prices),
    cdnBaseUrl: given.cdnBaseUrl ?? DEFAULT_CDN_BASE_URL,
  }
}
