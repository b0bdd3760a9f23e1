import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf, type Picture } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import type { Story } from '../stories.ts'
import { ACCOUNTS, FORMATS, OUTPUTS, type StoryPlan } from '../story-plan.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge, NotTried } from '../verdict.ts'
import { expiry } from './expiry.ts'
import { forgeries } from './forgeries.ts'
import { isPastRetention, ofStories } from './over-stories.ts'

const succeeds = ({ outcome }: StoryPlan): boolean => outcome === 'succeeded'

const download = ofStories({
  id: 'result.download',
  over: { operation: IMAGE_OPERATIONS, outputs: OUTPUTS, format: FORMATS, account: ACCOUNTS },
  where: succeeds,
  look: async (trial, story, { session }) => {
    const { downloads, plan, caller } = story
    if (downloads.length === 0) throw new CannotJudge('a job has no download URLs: see poll.succeeded')
    if (isPastRetention(downloads.at(-1), story, session.retentionMs)) {
      throw new NotTried('its retention was over before all of it was downloaded')
    }
    downloads.forEach((exchange, nth) => {
      holdDownload(trial, exchange, plan.format, `output ${nth + 1} of ${downloads.length}`)
    })
    const [url] = urlsOf(story)
    if (plan.outputs !== '1' || url === undefined) return
    const again = await caller.toldTo(trial.show).download(url)
    if (isPastRetention(again, story, session.retentionMs)) return
    holdDownload(trial, again, plan.format, 'the same output again')
  },
})

function holdDownload(trial: Trial, exchange: Exchange, format: 'png' | 'jpg', what: string): void {
  if (exchange.problem !== null) throw new CannotJudge(`a download ${exchange.problem}`)
  if (!trial.status(exchange, 200, `without any API key, for ${what}`)) return
  const type = exchange.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? null
  const wanted = format === 'png' ? ['image/png'] : ['image/jpeg', 'image/jpg']
  const isTyped = type !== null && [...wanted, 'application/octet-stream', 'binary/octet-stream'].includes(type)
  trial.expect(exchange, isTyped, `Content-Type: ${wanted[0]}, for ${what}`, show(type))
  holdPicture(trial, exchange, exchange.picture, format, what)
}

/** Checks that it is a complete picture of that format. */
export function holdPicture(
  trial: Trial,
  exchange: Exchange,
  picture: Picture | null,
  format: 'png' | 'jpg',
  what: string,
): void {
  const expected = `a whole ${format === 'png' ? 'PNG' : 'JPEG'}, as ${what}`
  const isRight = picture?.format === format && picture.isWhole
  const seen = picture === null ? 'no picture' : describe(picture)
  trial.expect(exchange, isRight === true, expected, seen)
}

function describe({ format, isWhole, bytes, problem }: Picture): string {
  const what = format === 'other' ? 'no JPEG and no PNG' : `a ${isWhole ? 'whole' : 'broken'} ${format}`
  return `${what}, ${bytes} bytes${problem === null ? '' : ` (${problem})`}`
}

const signed = ofStories({
  id: 'result.signed',
  over: { operation: IMAGE_OPERATIONS, account: ACCOUNTS },
  where: ({ outcome, outputs }) => outcome === 'succeeded' && outputs === '2',
  look: async (trial, story) => {
    const urls = urlsOf(story)
    const [url, other] = urls
    if (url === undefined) throw new CannotJudge('the job has no download URLs: see poll.succeeded')
    const last = urls.at(-1) ?? url
    for (const { what, forged } of [...forgeries(url, other), ...forgeries(last, undefined).slice(0, 2)]) {
      const exchange = await story.caller.toldTo(trial.show).download(forged)
      if (exchange.problem !== null) throw new CannotJudge(`a download ${exchange.problem}`)
      const check = { kind: 'status', wanted: [400, 401, 403, 404, 410] } as const
      trial.expect(exchange, exchange.status >= 400, `a refusal of a URL with ${what}`, seenStatus(exchange), { check })
    }
  },
})

const distinct = ofStories({
  id: 'result.distinct',
  over: { operation: IMAGE_OPERATIONS, outputs: ['2', '4'] },
  where: ({ outcome, outputs }) => outcome === 'succeeded' && outputs !== '1',
  look: (trial, story) => {
    const urls = urlsOf(story)
    if (urls.length < 2) throw new CannotJudge('the job has no two download URLs: see poll.succeeded')
    trial.expect(story.terminal, new Set(urls).size === urls.length, 'a URL of its own for each output', show(urls))
  },
})

function urlsOf({ terminal }: Story): string[] {
  const urls = fieldOf(fieldOf(jsonOf(terminal), 'result'), 'download_urls')
  return Array.isArray(urls) ? urls.filter((url) => typeof url === 'string' && URL.canParse(url)) : []
}

export const result: readonly Case[] = [download, signed, expiry.downloads, distinct]
