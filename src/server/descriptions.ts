import { readFile } from 'node:fs/promises'
import type { ApiResponse } from '../api/http.ts'
import { basePath as controlBasePath } from '../spec/control/index.ts'

// By our own name, because source and build lie at different depths.
const PACKAGE = import.meta.resolve('phota-mock/package.json')

/** Each OpenAPI description by its path without its ending. Below `/_mock` the control API's guard holds. */
const FILES: Readonly<Record<string, URL>> = {
  '/openapi': new URL('openapi.yaml', PACKAGE),
  [`${controlBasePath}/openapi`]: new URL('src/spec/control/openapi.yaml', PACKAGE),
}

// Every request asks here first, so that it costs one look-up.
const ANSWERS: ReadonlyMap<string, () => Promise<ApiResponse>> = new Map(
  Object.entries(FILES).flatMap(([stem, file]) => [
    [`${stem}.yaml`, () => asYaml(file)],
    [`${stem}.json`, () => asJson(file)],
  ]),
)

/** An OpenAPI description, as YAML or JSON; `null` for a path that is none of theirs. */
export function describe(method: string, path: string): Promise<ApiResponse> | null {
  const answer = ANSWERS.get(path)
  return answer === undefined || (method !== 'GET' && method !== 'HEAD') ? null : answer()
}

async function asYaml(file: URL): Promise<ApiResponse> {
  // RFC 9512
  return { status: 200, headers: { 'content-type': 'application/yaml' }, body: await readFile(file, 'utf8') }
}

async function asJson(file: URL): Promise<ApiResponse> {
  const [{ parse }, text] = await Promise.all([import('yaml'), readFile(file, 'utf8')])
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(parse(text)) }
}
