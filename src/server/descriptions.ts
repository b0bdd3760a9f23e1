import { readFile } from 'node:fs/promises'
import type { ApiResponse } from '../api/http.ts'
import { basePath as controlBasePath } from '../spec/control/index.ts'

// By our own name, because source and build lie at different depths.
const PACKAGE = import.meta.resolve('phota-mock/package.json')

/**
 * The path of each OpenAPI description without its ending, and the file. Below `/_mock` the control API's guard holds.
 */
const FILES: Readonly<Record<string, URL>> = {
  '/openapi': new URL('openapi.yaml', PACKAGE),
  [`${controlBasePath}/openapi`]: new URL('src/spec/control/openapi.yaml', PACKAGE),
}

/** An OpenAPI description, as YAML or JSON; `null` for a path that is none of theirs. */
export function describe(method: string, path: string): Promise<ApiResponse> | null {
  const [, stem = '', format] = /^(.*)\.(yaml|json)$/.exec(path) ?? []
  const file = Object.hasOwn(FILES, stem) ? FILES[stem] : undefined
  if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return null
  return format === 'json' ? asJson(file) : asYaml(file)
}

async function asYaml(file: URL): Promise<ApiResponse> {
  // RFC 9512
  return { status: 200, headers: { 'content-type': 'application/yaml' }, body: await readFile(file, 'utf8') }
}

async function asJson(file: URL): Promise<ApiResponse> {
  const [{ parse }, text] = await Promise.all([import('yaml'), readFile(file, 'utf8')])
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(parse(text)) }
}
