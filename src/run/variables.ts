import { MisuseError } from '../engine/misuse-error.ts'
import type { World } from '../engine/world.ts'
import { basePath as controlBasePath } from '../spec/control/index.ts'
import { basePath } from '../spec/index.ts'

/**
 * What a command under `run` finds in its environment, to reach a server by.
 *
 * @param serverUrl as a client on this machine reaches it
 * @param world whose first account with money pays
 * @throws {MisuseError} if no account has a key
 */
export function photaVariables(serverUrl: string, world: World): Record<string, string> {
  const keys = [...world.keys()]
  const [key, account] = keys.find(([, each]) => each.available > 0) ?? keys[0] ?? []
  if (key === undefined || account === undefined) {
    throw new MisuseError('the fixture has no account with a key, and so the command would have none')
  }
  return {
    PHOTA_BASE_URL: `${serverUrl}${basePath}`,
    PHOTA_API_KEY: key,
    PHOTA_WEBHOOK_SECRET: account.webhookSecret,
    PHOTA_CONTROL_URL: `${serverUrl}${controlBasePath}`,
    // By which other commands of phota-mock find the server.
    PHOTA_MOCK_URL: serverUrl,
  }
}
