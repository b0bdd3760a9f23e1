import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { signBody } from '../../src/phota/signature.ts'

interface Vector {
  description: string
  secret: string
  body_base64: string
  header: string
  valid: boolean
}

const file = new URL('../../fixtures/signature-vectors.json', import.meta.url)
const { vectors } = JSON.parse(await readFile(file, 'utf8')) as { vectors: Vector[] }

for (const { description, secret, body_base64, header, valid } of vectors) {
  test(`${description} is ${valid ? 'genuine' : 'forged'} (callback.signature)`, () => {
    expect(signBody(secret, Buffer.from(body_base64, 'base64')) === header).toBe(valid)
  })
}

test('the Python verifier of the examples agrees with every vector (callback.signature)', () => {
  const script = `
import base64, json, sys
sys.path.insert(0, "examples")
from verify_callback import verify_callback
vectors = json.load(open("fixtures/signature-vectors.json"))["vectors"]
print(json.dumps([verify_callback(base64.b64decode(v["body_base64"]), v["header"], v["secret"]) for v in vectors]))
`
  const verdicts = JSON.parse(
    execFileSync('python3', ['-c', script], { cwd: new URL('../..', import.meta.url), encoding: 'utf8' }),
  )
  expect(verdicts).toEqual(vectors.map(({ valid }) => valid))
})
