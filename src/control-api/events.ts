import type { Drive } from '../drive/drive.ts'
import { toExactTimestamp } from '../engine/timestamp.ts'
import type { World } from '../engine/world.ts'
import type { ControlEvent } from '../spec/control/index.ts'

/**
 * Follows a World.
 *
 * @param emit told of each event
 * @param end told once, when the World is gone
 * @returns a function that ends the following
 */
export type Follow = (emit: (event: ControlEvent) => void, end: () => void) => () => void

/** Everything that happens in a World, as it happens; at first, what its clock shows. */
export function follow(world: World, drive: Drive): Follow {
  return (emit, end) => {
    const tell = (kind: ControlEvent['kind'], account: string | null, id: string | null, detail: string): void =>
      emit({ at: toExactTimestamp(drive.nowMs()), kind, account, id, detail })
    const tellClock = (): void => {
      const speed = drive.mode === 'real' && drive.speed !== 1 ? ` × ${drive.speed}` : ''
      tell('clock.changed', null, null, `${drive.mode}${speed}${drive.frozen ? ', frozen' : ''}`)
    }
    const listening = [
      world.events.on('change', ({ atMs, kind, account, id, detail }) =>
        emit({
          at: toExactTimestamp(atMs),
          kind: kind as ControlEvent['kind'],
          account: account === '' ? null : account,
          id,
          detail,
        }),
      ),
      world.events.on('request.answered', ({ requestId, accountId, method, path, status }) =>
        tell('request.answered', accountId, requestId, `${status ?? 'dropped'} ${method} ${path.split('?', 1)[0]}`),
      ),
      world.events.on('clock.changed', tellClock),
      world.events.on('removed', end),
    ]
    tellClock()
    return () => {
      for (const unlisten of listening) unlisten()
    }
  }
}
