import type { View } from '../behaviour.ts'
import type { Job } from '../job.ts'
import type { Variant } from '../variant.ts'
import type { World } from '../world.ts'
import type { Probe } from './probe.ts'

const open = 'callbacks'
const ALWAYS_500 = Array.from({ length: 20 }, () => 500)

/** The same files, with tokens of their own. */
export function signAnew(view: View, _job: Job, world: World): View {
  const result = view['result'] as { download_urls: string[] } | null
  if (!result?.download_urls) return view
  return {
    ...view,
    result: { ...result, download_urls: result.download_urls.map((url) => world.downloads.resign(url)) },
  }
}

/** Whether a receiver that never takes any is called again only after these pauses, and then no more. */
async function pausesAre(probe: Probe, retryMs: readonly number[]): Promise<boolean> {
  const { advance } = await probe.world()
  const { url, seen } = await probe.receiver(ALWAYS_500)
  await probe.submit({ callback_url: url }, 'generate', 'ann')
  await advance('17999ms')
  let attempts = 0
  for (const pause of [1, ...retryMs.filter((ms) => ms > 0)]) {
    await advance(`${pause - 1}ms`)
    if (seen.length > attempts) return false
    await advance('1ms')
    attempts = seen.length
    if (attempts === 0) return false
  }
  await advance('1h')
  return seen.length === retryMs.length + 1
}

const retries = (id: string, description: string, retryMs: readonly number[]): Variant => ({
  id,
  open: 'time',
  description,
  options: { retryMs },
  shows: (probe) => pausesAre(probe, retryMs),
})

/** How many attempts are made within a minute where a receiver stays silent. */
async function attemptsOnSilence(probe: Probe, by: string): Promise<number> {
  const { advance } = await probe.world()
  const { url, seen } = await probe.receiver([0, 204])
  await probe.submit({ callback_url: url }, 'generate', 'ann')
  await advance('18s')
  await advance(by)
  return seen.length
}

/** When, how often and until when a receiver is called. */
export const callbackDelivery: readonly Variant[] = [
  retries('callback-one-retry', 'a callback is tried twice', [40]),
  retries(
    'callback-ten-retries',
    'a callback is tried 11 times',
    Array.from({ length: 10 }, () => 10),
  ),
  retries('callback-retries-at-once', 'a callback is tried again without any pause', [0, 0]),
  retries('callback-retries-evenly', 'the pauses between attempts are equal', [60, 60, 60, 60]),
  retries('callback-retries-grow', 'each pause between attempts is twice the one before', [20, 40, 80, 160]),
  retries('callback-retries-uneven', 'the pauses between attempts are random', [137, 11]),
  retries('callback-retries-late', 'a callback is tried again only after 2 minutes', [120_000, 600_000]),
  {
    id: 'callback-late',
    open: 'time',
    description: 'a callback is sent a second after the end of the job (`callbackDelayMs` for another time)',
    options: { callbackDelayMs: 1_000 },
    shows: async (probe) => {
      const { advance } = await probe.world()
      const { url, seen } = await probe.receiver([])
      await probe.submit({ callback_url: url }, 'generate', 'ann')
      await advance('18s')
      const early = seen.length
      await advance('1s')
      return early === 0 && seen.length === 1
    },
  },
  {
    id: 'callback-impatient',
    open: 'time',
    description: 'a receiver has one second to answer',
    options: { callbackTimeoutMs: 1_000 },
    shows: async (probe) => (await attemptsOnSilence(probe, '3s')) === 2,
  },
  {
    id: 'callback-patient',
    open: 'time',
    description: 'a receiver has a minute to answer',
    options: { callbackTimeoutMs: 60_000 },
    shows: async (probe) => (await attemptsOnSilence(probe, '40s')) === 1,
  },
  {
    id: 'callback-4xx-final',
    open,
    description: 'a receiver that answers 4xx is not called again',
    build: () => ({ isFinal: (status) => status >= 400 && status < 500 }),
    shows: async (probe) => {
      const refused = await probe.calls(2, [404])
      return refused.length === 1 && (await probe.calls(2, [500])).length === 2
    },
  },
  {
    id: 'callback-signed-anew',
    open,
    description: 'each attempt of a callback has download URLs and a signature of its own',
    build: () => ({ signsAnew: true, job: signAnew }),
    shows: async (probe) => {
      const [first, second] = await probe.calls(2, [500])
      return first?.headers['x-phota-signature'] !== second?.headers['x-phota-signature']
    },
  },
  {
    id: 'callback-spaced-anew',
    open,
    description: 'each attempt of a callback is indented more, and signed anew',
    build: () => {
      let indent = 0
      return { signsAnew: true, callbackText: (view) => JSON.stringify(view, null, indent++ % 4) }
    },
    shows: async (probe) => {
      const [first, second] = await probe.calls(2, [500])
      return first?.text.length !== second?.text.length
    },
  },
]
