import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { javaOptions } from './java.ts'
import { entriesOf } from './no-proxy.ts'
import { TrustFiles } from './trust.ts'

export interface EnvironmentOptions {
  /** Where files are written. */
  readonly folder: string
  /** Of the proxy, on 127.0.0.1. */
  readonly port: number
  readonly hosts: readonly string[]
  /** The authority's certificate, PEM. */
  readonly authority: string
  /** As the user has it. */
  readonly env: NodeJS.ProcessEnv
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** A file that is trusted instead of the system's. */
const BUNDLES = [
  // OpenSSL, and with it Python's ssl, httpx, aiohttp, Ruby, Perl; Go; .NET; rustls with the system's certificates.
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'AWS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  // Perl's LWP, which else has a list of its own.
  'PERL_LWP_SSL_CA_FILE',
]

/** The same, of which nobody knows unless the user has them. */
const BUNDLES_IF_SET = [
  'PIP_CERT',
  'NIX_SSL_CERT_FILE',
  'HTTPLIB2_CA_CERTS',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'CARGO_HTTP_CAINFO',
]

/** A file that is trusted besides. */
const EXTRAS = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']

/** What tells a command of the proxy and its authority, whatever language it is written in. */
export async function environmentFor({
  folder,
  port,
  hosts,
  authority,
  env,
}: EnvironmentOptions): Promise<{ variables: Record<string, string>; caFile: string }> {
  const trust = new TrustFiles(folder, authority)
  const variables: Record<string, string> = {}
  const proxy = `http://127.0.0.1:${port}`
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', ...(given(env, 'ALL_PROXY') ? ['ALL_PROXY'] : [])]) {
    variables[name] = proxy
    variables[name.toLowerCase()] = proxy
  }
  const direct = [...LOOPBACK, ...directEntries(given(env, 'NO_PROXY') ?? '', hosts)].join(',')
  variables['NO_PROXY'] = direct
  variables['no_proxy'] = direct
  for (const name of [...BUNDLES, ...BUNDLES_IF_SET.filter((each) => env[each])]) {
    variables[name] = await trust.bundle(env[name] || undefined)
  }
  for (const name of EXTRAS) variables[name] = await trust.extra(env[name] || undefined)
  // Without settings of its own, either trusts what OpenSSL does.
  const bundle = await trust.bundle(env['SSL_CERT_FILE'] || undefined)
  Object.assign(
    variables,
    await forNode(folder, port, hosts, env),
    await forPython(folder, port, hosts, env),
    await forPhp(folder, bundle, env),
    await forWget(folder, bundle, env),
  )
  const own = env['JAVA_TOOL_OPTIONS'] ?? ''
  variables['JAVA_TOOL_OPTIONS'] = after(own, await javaOptions(trust, { folder, port, own }))
  return { variables, caFile: await trust.authority() }
}

/** In either case, lowercase first. */
function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined
}

/** The user's exceptions, but for those by which any client would call one of the hosts itself. */
function directEntries(list: string, hosts: readonly string[]): string[] {
  return entriesOf(list).filter((entry) => {
    const name = entry
      .toLowerCase()
      .replace(/:\d+$/, '')
      .replace(/^\*?\.?/, '')
    return name !== '' && !LOOPBACK.includes(entry) && !hosts.some((host) => host.endsWith(name))
  })
}

async function forNode(
  folder: string,
  port: number,
  hosts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const file = await preload(folder, 'preload.cjs', { port, hosts })
  return {
    // Understood from 22.21 and 24.5 on; the other is understood by all, and reaches clients that know no proxies.
    NODE_USE_ENV_PROXY: '1',
    NODE_OPTIONS: after(env['NODE_OPTIONS'], `--require ${quoted(file)}`),
  }
}

async function forPython(
  folder: string,
  port: number,
  hosts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  await preload(folder, 'sitecustomize.py', { port, hosts })
  return { PYTHONPATH: [folder, ...(env['PYTHONPATH'] ? [env['PYTHONPATH']] : [])].join(delimiter) }
}

/** By settings of its own, because its curl knows no variable. */
async function forPhp(folder: string, bundle: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const php = join(folder, 'php')
  await mkdir(php)
  await writeFile(join(php, 'phota-mock.ini'), `curl.cainfo="${bundle}"\nopenssl.cafile="${bundle}"\n`)
  // An empty name stands for the folder that it was built with.
  return { PHP_INI_SCAN_DIR: [env['PHP_INI_SCAN_DIR'] ?? '', php].join(delimiter) }
}

/** It reads one file of the user's, so ours begins with what is in theirs. */
async function forWget(folder: string, bundle: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const own = env['WGETRC'] || join(env['HOME'] ?? '', '.wgetrc')
  const file = join(folder, 'wgetrc')
  await writeFile(file, `${await readFile(own, 'utf8').catch(() => '')}\nca_certificate = ${bundle}\n`)
  return { WGETRC: file }
}

/** Puts a file of ours, which a language loads by itself, beside what it has to know. */
async function preload(folder: string, name: string, settings: object): Promise<string> {
  const file = join(folder, name)
  // By our own name, because source and build lie at different depths.
  const source = new URL('src/intercept/preload/', import.meta.resolve('phota-mock/package.json'))
  await copyFile(new URL(name, source), file)
  await writeFile(join(folder, 'preload.json'), JSON.stringify(settings))
  return file
}

function after(own: string | undefined, ours: string): string {
  return own === undefined || own.trim() === '' ? ours : `${own} ${ours}`
}

/** As `NODE_OPTIONS` has it. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`
}
