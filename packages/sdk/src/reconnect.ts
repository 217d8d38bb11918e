import type { Random } from '@trustmesh/identity'

/** How long to wait before another attempt: at most `baseMs` at first, twice as long each time, `capMs` in the end. */
export interface BackoffOptions {
  readonly baseMs: number
  readonly capMs: number
}

export const BACKOFF: BackoffOptions = { baseMs: 1_000, capMs: 60_000 }

/**
 * How long to wait before attempt `attempt` (from 0): anything from nothing to an exponentially growing bound, so that a
 * thousand agents that lost one node do not come back all at once (full jitter; threat O2).
 */
export function backoffMs(attempt: number, random: Random, { baseMs, capMs }: BackoffOptions = BACKOFF): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
  const share = new DataView(random(4).buffer).getUint32(0) / 2 ** 32
  return Math.floor(bound * share)
}
