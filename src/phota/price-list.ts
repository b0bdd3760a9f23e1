import type { Entropy } from '../engine/entropy.ts'
import { checkFields, type Field, type Fields, isRecord } from '../engine/fields.ts'
import { MisuseError, shown } from '../engine/misuse-error.ts'
import { type MicroUsd, usd } from '../engine/money.ts'
import type { ImageRequest } from './image-request.ts'

/** US dollars for one output image: without identity (the floor), and with a known subject in it. */
export interface ImagePrice {
  floor: string
  withIdentity: string
}

/**
 * What things cost. Dollar amounts are decimal strings, e.g. `'0.09'`. Replace any part by the World option `prices`; a
 * model that it leaves out has its default price.
 */
export interface PriceList {
  enhance: ImagePrice
  remix: ImagePrice
  /** For /edit and /generate, by model and resolution; `*` stands for every resolution. */
  models: Record<string, Record<string, ImagePrice>>
  /** Models billed by output tokens instead. */
  tokenModels: Record<string, TokenPrice>
  training: { standard: string; fast: string }
}

export interface TokenPrice {
  perMillionTokens: string
  /** Output tokens of a 1K image by quality tier; 2K costs twice, 4K four times as many. */
  tokens: { low: number; medium: number; high: number }
  /** Added for each output in which a known subject appears. */
  identity: string
}

/** Enhance, remix and training are the published prices; the rest is our choice, because the real table is unknown. */
export const DEFAULT_PRICES: PriceList = {
  enhance: { floor: '0.12', withIdentity: '0.15' },
  remix: { floor: '0.12', withIdentity: '0.15' },
  models: {
    nb2: {
      '1K': { floor: '0.09', withIdentity: '0.12' },
      '2K': { floor: '0.12', withIdentity: '0.15' },
      '4K': { floor: '0.18', withIdentity: '0.21' },
    },
    'qwen-image-2': { '*': { floor: '0.05', withIdentity: '0.08' } },
    'flux-2': { '*': { floor: '0.05', withIdentity: '0.08' } },
    reve: { '*': { floor: '0.05', withIdentity: '0.08' } },
  },
  tokenModels: {
    'gpt-image-2': { perMillionTokens: '30', tokens: { low: 1000, medium: 2500, high: 6000 }, identity: '0.03' },
  },
  training: { standard: '2.90', fast: '1.49' },
}

const DOLLARS: Field = { expects: "dollars as a text, such as '0.09'", accepts: isAmount }
const IMAGE_PRICE: Fields<ImagePrice> = { floor: DOLLARS, withIdentity: DOLLARS }
const TOKENS: Field = {
  expects: 'whole numbers of 0 or more for low, medium and high',
  accepts: (value) =>
    isRecord(value) &&
    ['low', 'medium', 'high'].every((tier) => Number.isSafeInteger(value[tier]) && Number(value[tier]) >= 0),
}
const TOKEN_PRICE: Fields<TokenPrice> = { perMillionTokens: DOLLARS, tokens: TOKENS, identity: DOLLARS }
const RECORD: Field = { expects: 'an object', accepts: isRecord }
const PARTS: Fields<PriceList> = {
  enhance: RECORD,
  remix: RECORD,
  models: RECORD,
  tokenModels: RECORD,
  training: RECORD,
}

function isAmount(value: unknown): boolean {
  try {
    return typeof value === 'string' && usd(value) >= 0
  } catch {
    return false
  }
}

/**
 * What is given, and the default for each part that is not.
 *
 * @throws {MisuseError} naming the price that is none
 */
export function resolvePrices(given: Partial<PriceList>): PriceList {
  checkFields(given, PARTS, 'World: prices.')
  const prices = { ...DEFAULT_PRICES, ...given }
  checkPrice(prices.enhance, IMAGE_PRICE, 'enhance')
  checkPrice(prices.remix, IMAGE_PRICE, 'remix')
  checkPrice(prices.training, { standard: DOLLARS, fast: DOLLARS }, 'training')
  for (const [model, resolutions] of Object.entries(prices.models)) {
    checkPrice(resolutions, {}, `models.${model}`, true)
    for (const [resolution, price] of Object.entries(resolutions))
      checkPrice(price, IMAGE_PRICE, `models.${model}.${resolution}`)
  }
  for (const [model, price] of Object.entries(prices.tokenModels))
    checkPrice(price, TOKEN_PRICE, `tokenModels.${model}`)
  return prices
}

function checkPrice(price: unknown, fields: Readonly<Record<string, Field>>, at: string, isOpen = false): void {
  if (!isRecord(price)) throw new MisuseError(`World: prices.${at} expects an object, received ${shown(price)}`)
  if (isOpen) return
  checkFields(price, fields, `World: prices.${at}.`)
  const missing = Object.keys(fields).find((name) => price[name] === undefined)
  if (missing !== undefined) throw new MisuseError(`World: prices.${at}.${missing} is missing`)
}

// Prices are few, and asked for by every submit.
const amounts = new Map<string, MicroUsd>()

const TOKEN_FACTOR: Readonly<Record<string, number>> = { '1K': 1, '2K': 2, '4K': 4 }

/** What a submit reserves: the price without identity, for each output: bill.reserve. */
export function floorCost(prices: PriceList, request: ImageRequest): MicroUsd {
  const tokenPrice = tokenPriceOf(prices, request)
  if (tokenPrice) return tokenCost(tokenPrice, request, tokenPrice.tokens.low) * request.outputs
  return amountOf(imagePrice(prices, request).floor) * request.outputs
}

/**
 * What success settles to: bill.settle. It depends on the request alone, never on the mode or the moment, so that async
 * costs exactly what sync costs: bill.parity.
 *
 * @param identityOutputs in how many of the outputs a known subject appears
 */
export function finalCost(
  prices: PriceList,
  request: ImageRequest,
  identityOutputs: number,
  entropy: Entropy,
): MicroUsd {
  const tokenPrice = tokenPriceOf(prices, request)
  if (tokenPrice) return countedTokens(tokenPrice, request, entropy) + amountOf(tokenPrice.identity) * identityOutputs
  const { floor, withIdentity } = imagePrice(prices, request)
  return amountOf(floor) * request.outputs + (amountOf(withIdentity) - amountOf(floor)) * identityOutputs
}

function tokenPriceOf(prices: PriceList, { operation, model }: ImageRequest): TokenPrice | undefined {
  if (operation !== 'edit' && operation !== 'generate') return undefined
  return prices.tokenModels[model] ?? (prices.models[model] ? undefined : DEFAULT_PRICES.tokenModels[model])
}

function imagePrice(prices: PriceList, request: ImageRequest): ImagePrice {
  if (request.operation === 'enhance' || request.operation === 'remix') return prices[request.operation]
  const { model, resolution } = request
  const price = priceIn(prices.models[model], resolution) ?? priceIn(DEFAULT_PRICES.models[model], resolution)
  if (!price) throw new Error(`price list: no price for ${model} at ${resolution}`)
  return price
}

function priceIn(list: PriceList['models'][string] | undefined, resolution: string): ImagePrice | undefined {
  return list?.[resolution] ?? list?.['*']
}

function countedTokens(price: TokenPrice, request: ImageRequest, entropy: Entropy): MicroUsd {
  const { operation, resolution, prompt } = request
  const tier = request.quality === 'auto' ? 'medium' : request.quality
  let cost = 0
  for (let output = 1; output <= request.outputs; output++) {
    const surplus = 0.1 * entropy.fraction(`tokens ${operation} ${resolution} ${tier} ${output} ${prompt}`)
    cost += tokenCost(price, request, Math.round(price.tokens[tier] * (1 + surplus)))
  }
  return cost
}

function tokenCost(price: TokenPrice, { resolution }: ImageRequest, tokens: number): MicroUsd {
  return Math.round((tokens * (TOKEN_FACTOR[resolution] ?? 1) * amountOf(price.perMillionTokens)) / 1_000_000)
}

function amountOf(dollars: string): MicroUsd {
  const known = amounts.get(dollars)
  if (known !== undefined) return known
  const amount = usd(dollars)
  amounts.set(dollars, amount)
  return amount
}
