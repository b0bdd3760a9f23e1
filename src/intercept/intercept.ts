import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority } from './authority.ts'
import { environmentFor } from './environment.ts'
import type { Exchange } from './exchange.ts'
import { ForwardProxy } from './forward-proxy.ts'
import { WayOut } from './outer-proxy.ts'

/** What is intercepted, and who answers. */
export interface InterceptOptions {
  /** Host patterns: a name, or `*.` before a name for its subdomains. No connection is ever made to any of them. */
  readonly hosts: readonly string[]
  /**
   * The origin that answers for one of these hosts, asked anew for each request, e.g. `http://127.0.0.1:4010`; `null`
   * if nobody does, which the client is told.
   *
   * @param host lowercase, without port
   */
  readonly originOf: (host: string) => string | null
  /**
   * The environment as the user has it: its proxy leads to the hosts of others, and its trust stores and options are
   * what ours are added to. @default process.env
   */
  readonly env?: NodeJS.ProcessEnv
  /** Told of each request that was answered for one of these hosts, once it is over. */
  readonly onExchange?: (exchange: Exchange) => void
}

/** A proxy that listens on loopback. */
export interface Intercept {
  /** `http://127.0.0.1:43210` */
  readonly url: string
  /** The certificate of its authority, PEM. */
  readonly caFile: string
  /** What a command has to have in its environment, besides what it has. */
  environment(): Record<string, string>
  /** Ends every connection, and removes the files. */
  close(): Promise<void>
}

/** Starts a proxy that answers for some hosts, with a certificate of its own, and lets the others through. */
export async function startIntercept(options: InterceptOptions): Promise<Intercept> {
  const { hosts, originOf, env = process.env, onExchange } = options
  // Only this user may look inside: mkdtemp makes it with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-'))
  let proxy: ForwardProxy | undefined
  try {
    const authority = await makeAuthority(hosts)
    proxy = new ForwardProxy({
      hosts: hosts.map((host) => host.toLowerCase()),
      originOf,
      server: authority.server,
      out: new WayOut({ ...env }),
      ...(onExchange && { onExchange }),
    })
    const port = await proxy.listen()
    const { variables, caFile } = await environmentFor({ folder, port, hosts, authority: authority.certificate, env })
    return {
      url: `http://127.0.0.1:${port}`,
      caFile,
      environment: () => ({ ...variables }),
      close: async () => {
        await proxy?.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await proxy?.close()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
