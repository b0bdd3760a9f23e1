import { type JobRecord, MisuseError, Phota, type PhotaOptions, type Scenario, usd } from 'phota-mock'
import { connect, type WorldControl } from 'phota-mock/control'
import everyState from 'phota-mock/fixtures/every-state'
import { type RunningServer, type ServerOptions, startServer } from 'phota-mock/server'
import { photaInterceptor } from 'phota-mock/undici'

const options: PhotaOptions = { clock: 'auto', retentionMs: 60_000 }
const scenario: Scenario = { effect: { fail: 'TIMEOUT', settle_micro_usd: usd('0.09') }, times: 1 }

export async function use(): Promise<JobRecord | undefined> {
  const phota = new Phota(options)
  phota.scenario(scenario)
  phota.load(await everyState())
  const job = phota.jobs.findFirst({ status: 'succeeded' })
  if (job?.status === 'succeeded') job.result.download_urls.map((url: string) => url.length)
  // @ts-expect-error a pending job has no result
  if (job?.status === 'pending') job.result.download_urls
  const moment: Date = phota.clock.now
  const answer = await phota.fetch(`${phota.baseUrl}/jobs/x`)
  const status: number = answer.status
  const world: WorldControl = await connect('http://127.0.0.1:4010').worlds.create({ clock: { mode: 'manual' } })
  await world.clock.advance('24h')
  const serverOptions: ServerOptions = { port: 0 }
  const server: RunningServer = await startServer(serverOptions)
  await server.close()
  photaInterceptor(phota.world)
  if (Number.isNaN(status + moment.getTime())) throw new MisuseError('never')
  return job
}
