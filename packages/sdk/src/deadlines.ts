import type { Platform } from './platform/platform.ts'
import type { CancelTimer } from './timer.ts'

interface Deadline {
  readonly at: number
  readonly act: () => void
}

/** Deadlines that all lay so far ahead when they were set: they come in the order in which they were set. */
interface Lane {
  readonly waiting: Set<Deadline>
  cancelTimer: CancelTimer
}

/** Many deadlines with few timers, one for each length of time: a timer for each call would cost more than the call. */
export class Deadlines {
  readonly #platform: Pick<Platform, 'after' | 'clock'>
  readonly #lanes = new Map<number, Lane>()

  constructor(platform: Pick<Platform, 'after' | 'clock'>) {
    this.#platform = platform
  }

  after(ms: number, act: () => void): CancelTimer {
    const deadline: Deadline = { at: this.#platform.clock.monotonic() + ms, act }
    const lane = this.#lanes.get(ms) ?? this.#open(ms)
    lane.waiting.add(deadline)
    return () => {
      if (lane.waiting.delete(deadline)) this.#closeIfEmpty(ms, lane)
    }
  }

  #open(ms: number): Lane {
    const lane: Lane = { waiting: new Set(), cancelTimer: this.#platform.after(ms, () => this.#pass(ms, lane)) }
    this.#lanes.set(ms, lane)
    return lane
  }

  #pass(ms: number, lane: Lane): void {
    const now = this.#platform.clock.monotonic()
    for (const deadline of lane.waiting) {
      if (deadline.at > now) {
        lane.cancelTimer = this.#platform.after(deadline.at - now, () => this.#pass(ms, lane))
        return
      }
      lane.waiting.delete(deadline)
      deadline.act()
    }
    this.#closeIfEmpty(ms, lane)
  }

  /** No program waits for a timer of which nothing depends. */
  #closeIfEmpty(ms: number, lane: Lane): void {
    if (lane.waiting.size > 0) return
    lane.cancelTimer()
    if (this.#lanes.get(ms) === lane) this.#lanes.delete(ms)
  }
}
