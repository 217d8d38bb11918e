import type { StatementId } from '@trustmesh/identity'
import { TrustError } from '../trust-error.ts'

/**
 * Invocations that an executor has acted upon. An executor that restarts must not have forgotten them: who keeps none on
 * disk has to let {@link MAX_INVOCATION_MS} pass before it serves.
 */
export interface ReplayWindow {
  /**
   * Takes an invocation for this use alone: true once for each id, also when asked at the same time, until `untilMs`,
   * when it is too old to be used. The answer is durable before it is given. Rejects where there is no room.
   */
  claim(id: StatementId, untilMs: number, now: number): Promise<boolean>
}

/** A window that lasts as long as the process. */
export class MemoryReplayWindow implements ReplayWindow {
  readonly #claimed = new Map<StatementId, number>()
  readonly #capacity: number

  /** `capacity`: how many invocations at a time, 100,000 unless told otherwise. */
  constructor(capacity = 100_000) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#claimed.size
  }

  async claim(id: StatementId, untilMs: number, now: number): Promise<boolean> {
    if (this.#claimed.has(id)) return false
    this.#forget(now)
    // To make room by forgetting what could still be replayed would be to let it be replayed.
    if (this.#claimed.size >= this.#capacity) throw new TrustError('replay-window.full')
    this.#claimed.set(id, untilMs)
    return true
  }

  /** From the first that came to the first that is still good: they came nearly in the order in which they end. */
  #forget(now: number): void {
    for (const [id, untilMs] of this.#claimed) {
      if (untilMs >= now) return
      this.#claimed.delete(id)
    }
  }
}
