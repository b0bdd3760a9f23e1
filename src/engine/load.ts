import type { Account } from './account.ts'
import { checkNames, checkValues, DOLLARS, type Field, type Fields, isRecord, NAME, TEXTS } from './fields.ts'
import { MisuseError, shown } from './misuse-error.ts'
import { type MicroUsd, usd } from './money.ts'
import type { NewAccount } from './new-account.ts'
import type { Scenario } from './scenario.ts'

/** Names an account: its id, or its record in a Collection. */
export type AccountReference = string | { id: string }

export interface AccountData {
  id: string
  /** @default one key derived from the World's seed */
  keys?: string[]
  /** US dollars, e.g. `'25.00'`. @default '0' */
  deposit?: string
  webhook_secret?: string
}

/** A Collection of @msw/data, or whatever else can list its records. */
export interface CollectionLike<Item> {
  all(): readonly Item[]
}

/** A World's contents, part by part: plain data, or Collections. */
export interface LoadSource {
  accounts?: AccountData[] | CollectionLike<AccountData>
  scenarios?: Scenario[] | CollectionLike<Scenario>
}

/** What contents are put into: a World. */
export interface Loadable {
  readonly accounts: ReadonlyMap<string, Account>
  readonly parts: readonly Part[]
  createAccount(init: NewAccount): Account
  addKeys(account: Account, keys: readonly string[]): void
  deposit(account: Account, amount: MicroUsd): void
  scenario(scenario: Scenario): string
}

/** A kind of record that a World can hold. */
export interface Part {
  readonly name: string
  /** Its fields; `null` if `put` checks them itself. */
  readonly fields: Readonly<Record<string, Field>> | null
  /** @throws {MisuseError} */
  put(data: object): void
}

/**
 * Puts accounts, scenarios, and the parts that the API has of its own into a World, after what it holds already. An
 * account that exists is added to: its deposit grows, it gets the keys too, and the secret if there is one. Money is
 * booked as if all this had happened.
 *
 * @throws {MisuseError} naming the record at fault
 */
export function load(world: Loadable, source: LoadSource): void {
  const parts: Part[] = [
    { name: 'accounts', fields: ACCOUNT_FIELDS, put: (data) => loadAccount(world, data as AccountData) },
    { name: 'scenarios', fields: null, put: (data) => world.scenario(data as Scenario) },
    ...world.parts,
  ]
  const names = parts.map(({ name }) => name)
  if (!isRecord(source))
    throw new MisuseError(`load: expects an object with ${names.join(', ')}, received ${shown(source)}`)
  if ('then' in source) throw new MisuseError('load: received a Promise. Await it first: load(await everyState())')
  for (const [name, items] of Object.entries(source)) {
    if (!names.includes(name) && !isCollection(items))
      throw new MisuseError(`load: ${name} is no part of a World; expects ${names.join(', ')}`)
  }
  for (const part of parts) putAll(part, source[part.name])
}

function putAll({ name, fields, put }: Part, source: unknown): void {
  if (source === undefined) return
  for (const [i, item] of listed(name, source).entries()) {
    try {
      if (!isRecord(item)) throw new MisuseError(`expects an object, received ${shown(item)}`)
      // A Collection has a schema of its own, and may hold what is none of our business.
      if (fields !== null && Array.isArray(source)) checkNames(item, fields)
      if (fields !== null) checkValues(item, fields)
      put(item)
    } catch (cause) {
      throw new MisuseError(`load: ${name}[${i}]: ${(cause as Error).message}`, { cause })
    }
  }
}

function listed(name: string, source: unknown): readonly unknown[] {
  if (Array.isArray(source)) return source
  if (isCollection(source)) return source.all()
  throw new MisuseError(`load: ${name} expects a list or a Collection, received ${shown(source)}`)
}

function isCollection(source: unknown): source is CollectionLike<unknown> {
  return typeof (source as CollectionLike<unknown> | null)?.all === 'function'
}

const ACCOUNT_FIELDS: Fields<AccountData> = {
  id: NAME,
  keys: TEXTS,
  deposit: DOLLARS,
  webhook_secret: NAME,
}

function loadAccount(world: Loadable, data: AccountData): void {
  if (data.id === undefined) throw new MisuseError('id is missing; expects a name')
  const deposit = usd(data.deposit ?? '0')
  const known = world.accounts.get(data.id)
  if (known) {
    world.addKeys(known, data.keys ?? [])
    if (data.webhook_secret !== undefined) known.webhookSecret = data.webhook_secret
    if (deposit !== 0) world.deposit(known, deposit)
    return
  }
  world.createAccount({
    id: data.id,
    depositMicroUsd: deposit,
    ...(data.keys && { keys: data.keys }),
    ...(data.webhook_secret !== undefined && { webhookSecret: data.webhook_secret }),
  })
}

/** The field by which a record names its account. */
export const ACCOUNT: Field = {
  expects: 'the id of an account, or its record',
  accepts: (value) => NAME.accepts(isRecord(value) ? value['id'] : value),
}

/** @throws {MisuseError} if there is no such account */
export function accountOf(world: Loadable, reference: AccountReference | undefined): Account {
  if (reference === undefined) throw new MisuseError('account is missing; expects the id of an account')
  const id = typeof reference === 'string' ? reference : reference.id
  const account = world.accounts.get(id)
  if (!account)
    throw new MisuseError(
      `no account '${id}'; there are ${[...world.accounts.keys()].join(', ') || 'none'}. To add ` +
        `it, load accounts: [{ id: '${id}', deposit: '5.00' }] too`,
    )
  return account
}

/** The same contents with other keys: what `keysOf` says for each account. */
export function withKeys(contents: LoadSource, keysOf: (account: AccountData) => string[] | undefined): LoadSource {
  const { accounts = [], ...rest } = contents
  const list = Array.isArray(accounts) ? accounts : accounts.all()
  return {
    ...rest,
    accounts: list.map((account) => {
      const keys = keysOf(account)
      return keys === undefined ? account : { ...account, keys }
    }),
  }
}
