/** A tool that makes a client of an OpenAPI document, and how to use what it makes. */
export interface Generator {
  /** Of its npm package. */
  readonly name: string
  readonly version: string
  /** Other packages that it or its client needs. */
  readonly packages?: Readonly<Record<string, string>>
  /** Its configuration, by path. */
  readonly files?: (serverUrl: string) => Readonly<Record<string, string>>
  readonly command: readonly string[]
  /** What its user should know. */
  readonly note?: string
  /** A module with `submit`, `imageOf` and `codeOf`, typed by the client alone. */
  readonly adapter: string
}

const REQUEST = "{ prompt: 'A lighthouse', response_mode: 'urls', async: true }"
const IMAGE = `if (job?.status !== 'succeeded') throw new Error('it is ' + job?.status)
  return job.result.download_urls[0] as string`
const KUBB = '4.39.3'

export const generators: readonly Generator[] = [
  {
    name: '@hey-api/openapi-ts',
    version: '0.99.0',
    command: ['openapi-ts', '-i', 'openapi.yaml', '-o', 'generated'],
    adapter: `import { client } from './generated/client.gen'
import { generate, getJob } from './generated/sdk.gen'

export async function submit(baseUrl: string, key: string): Promise<string> {
  client.setConfig({ baseUrl, auth: key })
  const { data } = await generate({ body: ${REQUEST} })
  if (!data || !('job_id' in data)) throw new Error('it is no handle')
  return data.job_id
}
export async function imageOf(job_id: string): Promise<string> {
  const { data: job } = await getJob({ path: { job_id } })
  ${IMAGE}
}
export async function codeOf(job_id: string): Promise<string> {
  const { error } = await getJob({ path: { job_id } })
  return error && 'code' in error ? error.code : 'none'
}
`,
  },
  {
    name: 'orval',
    version: '8.38.0',
    files: (url) => ({
      'orval.config.mjs': `export default {
  phota: {
    input: './openapi.yaml',
    output: { target: 'generated/api.ts', client: 'fetch', baseUrl: '${url}/v1/phota' },
  },
}
`,
    }),
    command: ['orval'],
    adapter: `import { generate, getJob } from './generated/api'

let headers: Record<string, string> = {}
export async function submit(_baseUrl: string, key: string): Promise<string> {
  headers = { 'X-API-Key': key }
  const { data } = await generate(${REQUEST}, { headers })
  if (!('job_id' in data)) throw new Error('it is no handle')
  return data.job_id
}
export async function imageOf(id: string): Promise<string> {
  const answer = await getJob(id, { headers })
  if (answer.status !== 200) throw new Error('it is ' + answer.status)
  const job = answer.data
  ${IMAGE}
}
export async function codeOf(id: string): Promise<string> {
  const answer = await getJob(id, { headers })
  return answer.status === 410 ? answer.data.code : 'none'
}
`,
  },
  {
    name: 'openapi-typescript-codegen',
    version: '0.31.0',
    packages: { 'form-data': '4.0.5' },
    command: ['openapi', '--input', 'openapi.yaml', '--output', 'generated'],
    note: 'a refusal is an `ApiError` whose body is `any`',
    adapter: `import { ApiError, CommonFields, OpenAPI, StudioService } from './generated'

export async function submit(baseUrl: string, key: string): Promise<string> {
  OpenAPI.BASE = baseUrl
  OpenAPI.HEADERS = { 'X-API-Key': key }
  // Of an enum, this tool makes one of TypeScript.
  const response_mode = CommonFields.response_mode.URLS
  const data = await StudioService.generate({ prompt: 'A lighthouse', response_mode, async: true })
  if (!('job_id' in data)) throw new Error('it is no handle')
  return data.job_id
}
export async function imageOf(id: string): Promise<string> {
  const job = await StudioService.getJob(id)
  if (!job.result) throw new Error('it is ' + job.status)
  return job.result.download_urls[0] as string
}
export async function codeOf(id: string): Promise<string> {
  const refusal: unknown = await StudioService.getJob(id).catch((error: unknown) => error)
  return refusal instanceof ApiError && refusal.status === 410 ? refusal.body.code : 'none'
}
`,
  },
  {
    name: 'swagger-typescript-api',
    version: '13.13.0',
    command: ['swagger-typescript-api', 'generate', '-p', 'openapi.yaml', '-o', 'generated', '-n', 'api.ts'],
    note: 'needs `baseApiParams: { format: "json" }`; types only the 200, so widen a 202 to `JobHandle` yourself',
    adapter: `import { Api, type ImageResult, type JobHandle } from './generated/api'

let api = new Api()
export async function submit(baseUrl: string, key: string): Promise<string> {
  api = new Api({ baseUrl, baseApiParams: { format: 'json', headers: { 'X-API-Key': key } } })
  const data = (await api.generate.generate(${REQUEST})).data as ImageResult | JobHandle
  if (!('job_id' in data)) throw new Error('it is no handle')
  return data.job_id
}
export async function imageOf(id: string): Promise<string> {
  const { data: job } = await api.jobs.getJob(id)
  ${IMAGE}
}
export async function codeOf(id: string): Promise<string> {
  const { error } = await api.jobs.getJob(id).catch((refused: { error: { code: string } }) => refused)
  return error && 'code' in error ? error.code : 'none'
}
`,
  },
  {
    name: '@kubb/cli',
    version: KUBB,
    packages: { '@kubb/core': KUBB, '@kubb/plugin-oas': KUBB, '@kubb/plugin-ts': KUBB, '@kubb/plugin-client': KUBB },
    files: () => ({
      'kubb.config.mjs': `import { defineConfig } from '@kubb/core'
import { pluginClient } from '@kubb/plugin-client'
import { pluginOas } from '@kubb/plugin-oas'
import { pluginTs } from '@kubb/plugin-ts'

export default defineConfig({
  input: { path: './openapi.yaml' },
  output: { path: './generated', format: false },
  plugins: [pluginOas({ generators: [] }), pluginTs(), pluginClient({ client: 'fetch', bundle: true })],
})
`,
    }),
    note: 'a refusal is answered as if it were a result: look for `code`; `Content-Type` is yours to set',
    command: ['kubb', 'generate', '--config', 'kubb.config.mjs'],
    adapter: `import { setConfig } from './generated/.kubb/fetch'
import { generate } from './generated/clients/generate'
import { getJob } from './generated/clients/getJob'

export async function submit(baseURL: string, key: string): Promise<string> {
  setConfig({ baseURL, headers: { 'X-API-Key': key, 'Content-Type': 'application/json' } })
  const data = await generate(${REQUEST})
  if (!('job_id' in data)) throw new Error('it is no handle')
  return data.job_id
}
export async function imageOf(id: string): Promise<string> {
  const job = await getJob(id)
  ${IMAGE}
}
export async function codeOf(id: string): Promise<string> {
  // This client answers a refusal as it does a job.
  const data: object = await getJob(id)
  return 'code' in data ? String(data.code) : 'none'
}
`,
  },
]
