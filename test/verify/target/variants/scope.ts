import { json } from '../answer.ts'
import type { View } from '../behaviour.ts'
import { layered, onFields } from '../edge/layers.ts'
import type { Variant } from '../variant.ts'

const open = 'scope'
const INPUTS = ['image', 'input_image', 'reference_image']
const PHOTO = 'https://example.com/photo.jpg'

const reachable = (value: unknown): unknown => (typeof value === 'string' ? PHOTO : value)

/** Images that can always be read, whatever was sent. */
function withPhotos(fields: View): View {
  const photos = Object.fromEntries(
    INPUTS.filter((name) => name in fields).map((name) => [name, reachable(fields[name])]),
  )
  const images = fields['images']
  return { ...fields, ...photos, ...(Array.isArray(images) && { images: images.map(reachable) }) }
}

/** A request that names nobody. */
function anonymous(fields: View): View {
  const { prompt, profile_ids: ids, ...others } = fields
  return {
    ...others,
    ...(prompt !== undefined && { prompt: typeof prompt === 'string' ? prompt.replaceAll('[[', '[') : prompt }),
    ...(ids !== undefined && {
      profile_ids: Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? [] : ids,
    }),
  }
}

/** What cost 1K costs as much as 2K. */
function dearer(fields: View, operation: string): View {
  const isSmall = fields['resolution'] === undefined || fields['resolution'] === '1K'
  const isOurs = fields['base_model'] === undefined || fields['base_model'] === 'nb2'
  return (operation === 'edit' || operation === 'generate') && isSmall && isOurs
    ? { ...fields, resolution: '2K' }
    : fields
}

/** What is not there at all, and what nobody has published. */
export const scope: readonly Variant[] = [
  {
    id: 'no-profiles',
    open,
    description: 'there are no profile endpoints',
    build: layered((call, next) =>
      call.url.pathname.startsWith('/v1/phota/profiles')
        ? json(404, { code: 'NOT_FOUND', detail: 'No such path.' })
        : next(call),
    ),
    shows: async (probe) => (await probe.send('/v1/phota/profiles/ids')).status === 404,
  },
  {
    id: 'no-control',
    open,
    description: 'there is no control API',
    options: { control: false },
    shows: async (probe) => (await probe.send('/_mock/worlds')).status === 404,
  },
  {
    id: 'no-failure',
    open,
    description: 'no input makes a job fail',
    build: layered(onFields(withPhotos)),
    shows: async (probe) => (await probe.failed()).status === 'succeeded',
  },
  {
    id: 'nobody-known',
    open,
    description: 'nobody is ever recognised: `known_subjects.counts` is always empty',
    build: layered(onFields(anonymous)),
    shows: async (probe) => {
      const { result } = (await probe.poll(await probe.settled({ prompt: '[[abc123]]' }))).body
      return Object.keys(result.known_subjects.counts).length === 0
    },
  },
  {
    id: 'other-prices',
    open,
    description: 'edit and generate cost more than in the mock',
    build: layered(onFields(dearer)),
    shows: async (probe) => {
      await probe.world()
      await probe.submit({}, 'generate', 'ann')
      const account = await probe.send('/_mock/worlds/w/accounts/ann', { key: null })
      return account.body.reserved_micro_usd === 120_000
    },
  },
]
