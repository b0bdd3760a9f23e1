import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type ApiRequest, MAX_BODY_BYTES } from '../../src/api/http.ts'
import { controlBasePath, handleControl } from '../../src/control-api/handle-control.ts'
import { phota } from '../../src/phota/api.ts'
import { operations as controlOperations } from '../../src/spec/control/index.ts'
import { type Operation, operations } from '../../src/spec/index.ts'
import { test as withServer } from '../server/serving.ts'

type Schema = Readonly<Record<string, unknown>>

const document = parse(await readFile('src/spec/control/openapi.yaml', 'utf8')) as {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>
  components: { schemas: Record<string, Schema> }
}

/** Who has no World is refused before it needs one. */
const NO_HOST = { api: phota } as never

/** The message of the 400 that this body or query gets. */
async function refusalOf(operationId: keyof typeof controlOperations, body: unknown, query = ''): Promise<string> {
  const { method, path } = controlOperations[operationId] as Operation
  const request: ApiRequest = {
    method,
    path: controlBasePath + path.replaceAll(/\{\w+\}/g, 'x'),
    query,
    origin: null,
    header: (name) => (name === 'content-type' ? 'application/json' : null),
    body: body === undefined ? null : body === 'too-large' ? body : Buffer.from(JSON.stringify(body)),
    bodySha256: null,
    hasLeft: () => false,
  }
  const outcome = await handleControl(NO_HOST, request)
  if (!('body' in outcome)) throw new Error('it is followed')
  expect(outcome.status).toBe(400)
  return (outcome.body as { message: string }).message
}

const EFFECT = { running: '1s' }

/** For each keyword of a request's schema, a body that breaks it, and the whole message. */
const BROKEN = {
  additionalProperties: [
    'createWorld',
    { clok: { mode: 'manual' } },
    'createWorld: clok is no field; expects id, seed, fixture, contents, start, clock, pending, running, ' +
      'retention, callback_grace, allow_callback_hosts, accounts. Did you mean clock?',
  ],
  required: [
    'advanceClock',
    {},
    "advanceClock: by is missing; expects a duration such as '2s', '24h', '1h30m' or milliseconds as a number",
  ],
  type: ['updateClock', { frozen: 'yes' }, 'updateClock: frozen expects true or false, received "yes"'],
  enum: [
    'addScenario',
    { effect: { stuck: true } },
    "addScenario: effect.stuck expects one of 'until-limit', 'forever', received true",
  ],
  const: [
    'restoreSnapshot',
    { format: 'other/2' },
    /^restoreSnapshot: format expects 'phota-mock-snapshot\/3', received "other\/2"; api is missing/,
  ],
  pattern: [
    'deposit',
    { amount: '-1' },
    "deposit: amount expects US dollars as a text such as '5.00', below a billion and with at most six " +
      'decimals, received "-1"',
  ],
  minimum: [
    'addScenario',
    { effect: EFFECT, times: 0 },
    'addScenario: times expects a whole number from 1 on, received 0',
  ],
  maximum: [
    'addScenario',
    { match: { probability: 1.5 }, effect: EFFECT },
    'addScenario: match.probability expects a number from 0 to 1, received 1.5',
  ],
  exclusiveMinimum: [
    'updateClock',
    { speed: 0 },
    'updateClock: speed expects a number above 0, up to 1000000, received 0',
  ],
  multipleOf: [
    'restoreSnapshot',
    { options: { retentionMs: 1500 } },
    /options\.retentionMs expects a whole number, a multiple of 1000, from 1000 on, received 1500/,
  ],
  minLength: [
    'failJob',
    { code: 'TIMEOUT', message: '' },
    'failJob: message expects a text that is not empty, received ""',
  ],
  maxLength: [
    'addScenario',
    { id: 'x'.repeat(256), effect: EFFECT },
    `addScenario: id expects a text of 1 to 255 characters, received ${JSON.stringify('x'.repeat(256))}`,
  ],
  minItems: [
    'createWorld',
    { accounts: [{ id: 'a' }, { id: 'b', keys: [] }] },
    'createWorld: accounts[1].keys expects a list of 1 to 100 items, received []',
  ],
  maxItems: [
    'createAccount',
    { id: 'a', keys: Array.from({ length: 101 }, (_, n) => n).map(String) },
    /^createAccount: keys expects a list of 1 to 100 items, received \["0","1",/,
  ],
  minProperties: [
    'updateClock',
    {},
    'updateClock: the body expects an object with at least 1 of mode, speed, frozen, received {}',
  ],
  maxProperties: [
    'addScenario',
    { effect: { known_subjects: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, 1])) } },
    /^addScenario: effect\.known_subjects expects an object with at most 100 fields, received \{"p0":1,/,
  ],
  items: [
    'createWorld',
    { accounts: ['alice'] },
    'createWorld: accounts[0] expects an object with id, received "alice"',
  ],
  anyOf: [
    'restoreSnapshot',
    { format: 'phota-mock-snapshot/3', own: 'nothing' },
    /^restoreSnapshot: own expects an object/,
  ],
  oneOf: [
    'addScenario',
    { effect: { fault: { answer: 200 } } },
    "addScenario: effect.fault.answer expects a status from 400 to 599, or one of 'drop', 'truncate', " +
      "'trickle', received 200",
  ],
  allOf: [
    'createWorld',
    { callback_grace: 'soon' },
    "createWorld: callback_grace expects a duration such as '2s', '24h', '1h30m' or milliseconds as a number, " +
      'received "soon"',
  ],
} as const satisfies Record<string, readonly [keyof typeof controlOperations, unknown, string | RegExp]>

/** Keywords that break nothing by themselves. */
const SILENT = new Set(['x-own', 'description', 'default', 'example', 'examples', 'properties', 'x-expects', '$ref'])

/** Every keyword that a schema or a schema inside it has. */
function keywordsOf(schema: Schema, seen: Set<Schema> = new Set()): string[] {
  if (seen.has(schema)) return []
  seen.add(schema)
  const ref = schema['$ref'] as string | undefined
  const inside = [
    ...(ref === undefined ? [] : [document.components.schemas[ref.split('/').at(-1) as string]]),
    ...Object.values((schema['properties'] ?? {}) as object),
    ...['oneOf', 'allOf', 'anyOf'].flatMap((key) => (schema[key] ?? []) as Schema[]),
    ...[schema['items'], schema['additionalProperties']].filter((part) => typeof part === 'object'),
  ] as Schema[]
  return [...Object.keys(schema), ...inside.flatMap((part) => keywordsOf(part, seen))]
}

test('every keyword of the control requests has an example here, and nothing else has', () => {
  const bodies = Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .flatMap(({ requestBody }): Schema[] => {
      const schema = requestBody?.content['application/json']?.schema
      return schema === undefined ? [] : [schema]
    })
  const used = new Set(bodies.flatMap((schema) => keywordsOf(schema)).filter((keyword) => !SILENT.has(keyword)))
  expect(Object.keys(BROKEN).toSorted()).toEqual([...used].toSorted())
})

test.each(Object.entries(BROKEN))(
  'what breaks %s is told with its place, what came and what would be right',
  async (_, [operationId, body, want]) => {
    const message = await refusalOf(operationId, body)
    if (typeof want === 'string') expect(message).toBe(want)
    else expect(message).toMatch(want)
    expect(message).not.toMatch(/must |Input should|undefined|another value|\^/)
  },
)

const withBody = Object.values<Operation>(controlOperations).filter(({ requestBody }) => requestBody !== null)

test.each(withBody.map(({ operationId }) => operationId as keyof typeof controlOperations))(
  '%s without a body is told what it expects, and with too much of it how much',
  async (operationId) => {
    const told = await refusalOf(operationId, undefined)
    expect(told).toMatch(
      new RegExp(`^${operationId}: the body is missing; expects an object (with|of) [a-zA-Z_, 1]+, as JSON$`),
    )
    expect(await refusalOf(operationId, 'too-large')).toBe(
      `${operationId}: the body is too long; expects at most ${MAX_BODY_BYTES / 2 ** 20} MiB`,
    )
  },
)

test('advanceClock without a body names its field', async () => {
  expect(await refusalOf('advanceClock', undefined)).toBe(
    'advanceClock: the body is missing; expects an object with by, as JSON',
  )
})

withServer('of several accounts of a new World, the one at fault is told by its place', async ({ server }) => {
  const made = async (accounts: object[]): Promise<unknown> => {
    const response = await fetch(`${server.url}/_mock/worlds`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ accounts }),
    })
    return [response.status, ((await response.json()) as { message: string }).message]
  }
  expect(await made([{ id: 'ann' }, { id: 'bob' }, { id: 'ann' }])).toEqual([
    409,
    "createWorld: accounts[2]: createAccount: the account 'ann' exists already",
  ])
  expect(
    await made([
      { id: 'ann', keys: ['k'] },
      { id: 'bob', keys: ['k'] },
    ]),
  ).toEqual([409, "createWorld: accounts[1]: the key 'k' already belongs to another account"])
  expect(await made([{ id: 'ann' }, { id: 'bob', keys: ['a b'] }])).toEqual([
    400,
    expect.stringMatching(/^createWorld: accounts\[1\]: a key is printable ASCII/),
  ])
})

/** The schema without references. */
function resolved(schema: Schema): Schema {
  const all = schema['allOf'] as Schema[] | undefined
  const ref = (schema['$ref'] ?? all?.[0]?.['$ref']) as string | undefined
  return ref === undefined ? schema : resolved(document.components.schemas[ref.split('/').at(-1) as string] as Schema)
}

/** Its letters in another order, so that it is a name that nobody has. */
function misspelt(name: string): string {
  return name.length < 3 ? `${name}x` : `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`
}

test.each(withBody.map(({ operationId }) => operationId))(
  'each misspelt field of %s is told the right one',
  async (operationId) => {
    const { path, method } = controlOperations[operationId as keyof typeof controlOperations]
    const media = document.paths[path]?.[method.toLowerCase()]?.requestBody?.content['application/json']
    const names = Object.keys(resolved(media?.schema as Schema)['properties'] as object)
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) {
      const wrong = misspelt(name)
      const message = await refusalOf(operationId as keyof typeof controlOperations, { [wrong]: 1 })
      expect(message).toContain(`${wrong} is no field; expects ${names.join(', ')}. Did you mean ${name}?`)
    }
  },
)

test('each misspelt query parameter is told the right one, and each wrong value what would be right', async () => {
  for (const { operationId, queryParameters } of Object.values<Operation>(controlOperations)) {
    const names = Object.keys(queryParameters)
    for (const name of names) {
      const wrong = misspelt(name)
      const message = await refusalOf(operationId as 'listJobs', undefined, `${wrong}=1`)
      const there = `there are ${names.join(', ')}. Did you mean ${name}?`
      expect(message).toBe(`${operationId}: ${wrong} is no parameter; ${there}`)
      const empty = await refusalOf(operationId as 'listJobs', undefined, `${name}=`)
      expect(empty).toMatch(new RegExp(`^${operationId}: ${name} expects (a|one of) .*, received ""$`))
    }
  }
})

test('what is wrong in many places is told of the first few, and how many more there are', async () => {
  const accounts = Array.from({ length: 9 }, () => ({ id: 7 }))
  const message = await refusalOf('createWorld', { accounts })
  expect(message.split('; ')).toEqual([
    ...[0, 1, 2, 3, 4].map(
      (n) => `${n === 0 ? 'createWorld: ' : ''}accounts[${n}].id expects a text of 1 to 64 characters, received 7`,
    ),
    'and 4 more',
  ])
})

withServer(
  'over HTTP a scenario from the README that is spelled as code spells it is told the allowed values',
  async ({ server }) => {
    const response = await fetch(`${server.url}/_mock/worlds/default/scenarios`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ effect: { stuck: true } }),
    })
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 400,
      body: { message: "addScenario: effect.stuck expects one of 'until-limit', 'forever', received true" },
    })
  },
)

test('the bodies of the API itself stay those of its framework', () => {
  operations.generate.requestBody?.({ num_output_images: 5 })
  expect(operations.generate.requestBody?.errors?.[0]?.parentSchema).toBeUndefined()
})
