import type { Case } from '../case.ts'
import { type Exchange, fieldOf, jsonOf } from '../http/exchange.ts'
import { IMAGE_OPERATIONS } from '../requests.ts'
import type { Story } from '../stories.ts'
import { seenStatus, show, type Trial } from '../trial.ts'
import { CannotJudge } from '../verdict.ts'
import { expiry } from './expiry.ts'

const download: Case = {
  id: 'result.download',
  stories: IMAGE_OPERATIONS,
  async run({ trial, story }) {
    for (const name of IMAGE_OPERATIONS) {
      const told = await story(name)
      const { downloads, body } = told
      if (downloads.length === 0) throw new CannotJudge(`a job of ${name} has no download URLs: see poll.succeeded`)
      for (const exchange of downloads) holdImage(trial, exchange, body['output_format'] === 'png' ? 'png' : 'jpg')
    }
  },
}

function holdImage(trial: Trial, exchange: Exchange, format: 'png' | 'jpg'): void {
  if (exchange.problem !== null) throw new CannotJudge(`a download ${exchange.problem}`)
  if (!trial.status(exchange, 200, 'without any API key')) return
  const type = exchange.headers.get('content-type')
  const wanted = format === 'png' ? 'image/png' : 'image/jpeg'
  trial.expect(exchange, type?.startsWith(wanted) === true, `Content-Type: ${wanted}`, show(type))
  const { picture } = exchange
  trial.expect(
    exchange,
    picture?.format === format && picture.isWhole,
    `a whole ${format === 'png' ? 'PNG' : 'JPEG'}`,
    `${picture?.bytes} bytes of format ${picture?.format}: ${picture?.problem ?? 'whole'}`,
  )
}

const signed: Case = {
  id: 'result.signed',
  stories: ['edit', 'generate'],
  async run({ trial, story }) {
    for (const name of ['edit', 'generate'] as const) {
      const told = await story(name)
      const urls = urlsOf(told)
      const [url, other] = urls
      if (url === undefined) throw new CannotJudge('the job has no download URLs: see poll.succeeded')
      for (const { what, forged } of forgeries(url, other)) {
        const exchange = await told.caller.toldTo(trial.show).download(forged)
        if (exchange.problem !== null) throw new CannotJudge(`a download ${exchange.problem}`)
        trial.expect(exchange, exchange.status >= 400, `a refusal of a URL with ${what}`, seenStatus(exchange))
      }
    }
  },
}

interface Forgery {
  readonly what: string
  readonly forged: string
}

function forgeries(url: string, other: string | undefined): Forgery[] {
  const change = (what: string, edit: (url: URL) => void): Forgery => {
    const changed = new URL(url)
    edit(changed)
    return { what, forged: changed.href }
  }
  const { searchParams } = new URL(url)
  const token = searchParams.get('token') ?? ''
  const expires = Number(searchParams.get('expires'))
  return [
    change('another token', (u) =>
      u.searchParams.set('token', `${token.startsWith('a') ? 'b' : 'a'}${token.slice(1)}`),
    ),
    change('no token', (u) => u.searchParams.delete('token')),
    change('an expiry an hour later', (u) => u.searchParams.set('expires', String(expires + 3_600))),
    change('no expiry', (u) => u.searchParams.delete('expires')),
    change('another path', (u) => {
      u.pathname = u.pathname.replace(/(\.[a-z]+)?$/i, '0$1')
    }),
    ...(other !== undefined && new URL(other).pathname !== new URL(url).pathname
      ? [
          change('the path of another output', (u) => {
            u.pathname = new URL(other).pathname
          }),
        ]
      : []),
  ]
}

const distinct: Case = {
  id: 'result.distinct',
  stories: ['edit', 'generate'],
  async run({ trial, story }) {
    for (const name of ['edit', 'generate'] as const) {
      const told = await story(name)
      const urls = urlsOf(told)
      if (urls.length < 2) throw new CannotJudge('the job has no two download URLs: see poll.succeeded')
      trial.expect(told.terminal, new Set(urls).size === urls.length, 'a URL of its own for each output', show(urls))
    }
  },
}

function urlsOf({ terminal }: Story): string[] {
  const urls = fieldOf(fieldOf(jsonOf(terminal), 'result'), 'download_urls')
  return Array.isArray(urls) ? urls.filter((url) => typeof url === 'string' && URL.canParse(url)) : []
}

export const result: readonly Case[] = [download, signed, expiry.downloads, distinct]
