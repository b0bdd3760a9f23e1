/** `test` and hooks of jest, mocha or node:test, whichever runs this. */
const { it, before, beforeAll, after, afterAll } = globalThis
const node = it ? null : process.getBuiltinModule('node:test')

export const test = it ?? node.test
export const first = before ?? beforeAll ?? node?.before
export const last = after ?? afterAll ?? node?.after
