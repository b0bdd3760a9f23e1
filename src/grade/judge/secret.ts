import type { Exchange } from '../exchange.ts'
import { objectOf } from '../exchange.ts'
import { HOLDS, type Judge, notApplicable, when } from './trial.ts'

export const keyAtHome: Judge = (course, trial) => {
  let called = 0
  for (const played of course.played) {
    const abroad = played.exchanges.filter(({ place, kind }) => kind !== 'callback' && place !== 'api')
    called += abroad.length
    trial.look(...abroad.slice(0, 5))
    const leaked = abroad.find((each) => holds(each, played.key))
    if (leaked) {
      const where = leaked.place === 'downloads' ? 'the host of the downloads' : 'the host that it was redirected to'
      trial.breach('no API key to any other host', `it was sent to ${where}, ${when(played)}`, leaked)
    }
  }
  return called > 0 ? HOLDS : notApplicable('it calls no other host than the API')
}

function holds({ url, headers, body }: Exchange, secret: string): boolean {
  const texts = [decoded(url), ...Object.values(headers), body.toString('latin1')]
  return texts.some((text) => text.includes(secret))
}

export const notInUrl: Judge = (course, trial) => {
  for (const { exchanges, key, secret } of course.played) {
    for (const one of exchanges) {
      if (one.kind === 'callback') continue
      const callbackUrl = one.kind === 'submit' ? objectOf(one.body)?.['callback_url'] : undefined
      const urls = [one.url, ...(typeof callbackUrl === 'string' ? [callbackUrl] : [])].map(decoded)
      const what = [key, secret].findIndex((each) => urls.some((url) => url.includes(each)))
      if (what < 0) continue
      const name = what === 0 ? 'the API key' : 'the webhook secret'
      const where = decoded(one.url).includes(what === 0 ? key : secret) ? 'the URL of a request' : 'callback_url'
      trial.breach('no secret in a URL', `${name} stands in ${where}`, one)
      return HOLDS
    }
  }
  trial.look(...course.ordinary.exchanges.slice(0, 5))
  return HOLDS
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}
