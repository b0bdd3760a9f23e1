import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { JKS_PASSWORD } from './jks.ts'
import type { TrustFiles } from './trust.ts'

/** What a JVM has to be started with, to use the proxy and to trust its authority. */
export async function javaOptions(
  trust: TrustFiles,
  { folder, port, own }: { folder: string; port: number; own: string },
): Promise<string> {
  const { file, password, type } = (await extended(own, folder, await trust.authority())) ?? {
    file: await trust.javaStore(),
    password: JKS_PASSWORD,
    type: 'JKS',
  }
  return [
    ...['http', 'https'].flatMap((scheme) => [`-D${scheme}.proxyHost=127.0.0.1`, `-D${scheme}.proxyPort=${port}`]),
    // It holds for https too.
    '-Dhttp.nonProxyHosts=localhost|127.*|[::1]',
    `-Djavax.net.ssl.trustStore=${/\s/.test(file) ? `"${file}"` : file}`,
    `-Djavax.net.ssl.trustStorePassword=${password}`,
    ...(type === null ? [] : [`-Djavax.net.ssl.trustStoreType=${type}`]),
  ].join(' ')
}

interface Store {
  readonly file: string
  readonly password: string
  /** `null` for that which Java takes by default. */
  readonly type: string | null
}

/**
 * A copy of the trust store that the user's options name, with the authority in it. Its format is Java's business, and
 * whoever has such options has a Java.
 *
 * @returns `null` if they name none, or `keytool` cannot add to it
 */
async function extended(own: string, folder: string, caFile: string): Promise<Store | null> {
  const named = property(own, 'trustStore')
  if (named === null) return null
  const file = join(folder, 'own-truststore')
  const password = property(own, 'trustStorePassword') ?? JKS_PASSWORD
  const type = property(own, 'trustStoreType')
  try {
    await copyFile(named, file)
    await promisify(execFile)('keytool', [
      ...['-importcert', '-noprompt', '-alias', 'phota-mock', '-file', caFile],
      ...['-keystore', file, '-storepass', password, ...(type === null ? [] : ['-storetype', type])],
    ])
    return { file, password, type }
  } catch {
    return null
  }
}

/** The value of `-Djavax.net.ssl.NAME=`, which may be quoted; the last one counts. */
function property(options: string, name: string): string | null {
  const found = options.matchAll(new RegExp(`-Djavax\\.net\\.ssl\\.${name}=(?:"([^"]*)"|'([^']*)'|(\\S*))`, 'g'))
  const [, double, single, bare] = [...found].at(-1) ?? []
  return double ?? single ?? bare ?? null
}
