import type { Tried } from '../verdict.ts'

/** What a rule was tried over: "4 of 4 operations, 1 of 2 accounts". */
export function triedText(tried: readonly Tried[]): string {
  return tried.map(({ dimension, of, values }) => `${values.length} of ${of.length} ${plural(dimension)}`).join(', ')
}

/** What of it was not tried: "second account, because it needs a key of a second account". */
export function untriedText(tried: readonly Tried[]): string {
  const byReason = Map.groupBy(
    tried.flatMap(({ missing }) => missing),
    ({ reason }) => reason,
  )
  return [...byReason]
    .map(([reason, missing]) => `${missing.map(({ value }) => value).join(', ')}, because ${reason}`)
    .join('; ')
}

function plural(noun: string): string {
  if (noun.endsWith('s')) return noun
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
}
