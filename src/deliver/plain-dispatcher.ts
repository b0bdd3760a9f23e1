interface Dispatcher {
  dispatch(options: { headers?: unknown }, handler: unknown): boolean
}

/** Where each generation of undici, which `fetch` of Node is made of, keeps what opens its connections. */
const KEPT_AT = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map((name) => Symbol.for(name))

/** What a browser says of itself, and a server that calls back does not. */
const OF_BROWSERS = new Set(['sec-fetch-mode', 'accept-language'])

/**
 * An option for `fetch` that sends what a service sends, over the connections of the moment: by itself, `fetch` adds
 * headers of a browser that nobody may take away. Nothing, where `fetch` is not Node's.
 */
export function plainDispatcher(): { dispatcher?: Dispatcher } {
  // Node loads its fetch, and with it the dispatcher, when one of its classes is first used.
  void new Headers()
  const kept = globalThis as unknown as Record<symbol, Dispatcher | undefined>
  const dispatcher = KEPT_AT.map((at) => kept[at]).find((each) => each !== undefined)
  if (dispatcher === undefined) return {}
  return {
    dispatcher: {
      dispatch: (options, handler) =>
        dispatcher.dispatch({ ...options, headers: withoutBrowser(options.headers) }, handler),
    },
  }
}

/** As undici takes them: by name, or as names and values in turn. */
function withoutBrowser(headers: unknown): unknown {
  if (headers === null || typeof headers !== 'object') return headers
  if (!Array.isArray(headers))
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_BROWSERS.has(name.toLowerCase())))
  return headers.filter((_, at) => !OF_BROWSERS.has(String(headers[at - (at % 2)]).toLowerCase()))
}
