import type { VirtualClock } from './virtual-clock.ts'
import type { VirtualHost } from './virtual-host.ts'
import type { Latency } from './virtual-network.ts'

export interface CoresOptions {
  readonly time: VirtualClock
  /** How many there are, for all hosts together. */
  readonly count: number
  /** How much of what a message takes is its way; in the rest, by default all of it, it is handled. In ms. */
  readonly wayMs?: number
  /** How long whoever has got it goes on being busy with it, in ms. */
  readonly afterMs: number
}

/**
 * Has hosts share processors: what a message takes by itself becomes longer by as much as it waits for one to be handled, first come first
 * served. A host does one thing at a time.
 */
export function onCores(latency: Latency, { time, count, wayMs = 0, afterMs }: CoresOptions): Latency {
  const coresFreeAt = new Array<number>(count).fill(0)
  const hostsFreeAt = new Map<VirtualHost, number>()
  return (random, from, to) => {
    const aloneMs = latency(random, from, to)
    const underWayMs = Math.min(aloneMs, wayMs)
    const core = coresFreeAt.indexOf(Math.min(...coresFreeAt))
    const beginsAt = Math.max(time.now + underWayMs, coresFreeAt[core] as number, hostsFreeAt.get(to) ?? 0)
    const handledAt = beginsAt + aloneMs - underWayMs
    coresFreeAt[core] = handledAt + afterMs
    hostsFreeAt.set(to, handledAt + afterMs)
    return handledAt - time.now
  }
}
