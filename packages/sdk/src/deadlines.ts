import type { Platform } from './platform/platform.ts'
import type { CancelTimer } from './timer.ts'

/** One of a ring, with others that lay as far ahead when they were set: they come in the order in which they were set. */
class Deadline {
  readonly at: number
  readonly act: () => void
  #before: Deadline = this
  #next: Deadline = this

  constructor(at: number, act: () => void) {
    this.at = at
    this.act = act
  }

  get next(): Deadline {
    return this.#next
  }

  /** Whether there is no other in its ring. */
  get isAlone(): boolean {
    return this.#next === this
  }

  /** The last of the ring that begins behind `head`. */
  join(head: Deadline): void {
    this.#before = head.#before
    this.#next = head
    head.#before.#next = this
    head.#before = this
  }

  /** It keeps hold of none of the others: an old one would keep them from being collected, and they those behind them. */
  leave(): void {
    this.#before.#next = this.#next
    this.#next.#before = this.#before
    this.#before = this
    this.#next = this
  }
}

/** The ring of all that last as long, which begins behind its head, and the timer for the first. */
interface Lane {
  readonly head: Deadline
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
    const deadline = new Deadline(this.#platform.clock.monotonic() + ms, act)
    const lane = this.#lanes.get(ms) ?? this.#open(ms)
    deadline.join(lane.head)
    return () => {
      deadline.leave()
      this.#closeIfEmpty(ms, lane)
    }
  }

  #open(ms: number): Lane {
    const lane: Lane = {
      head: new Deadline(Number.POSITIVE_INFINITY, () => {}),
      cancelTimer: this.#platform.after(ms, () => this.#pass(ms, lane)),
    }
    this.#lanes.set(ms, lane)
    return lane
  }

  #pass(ms: number, lane: Lane): void {
    const now = this.#platform.clock.monotonic()
    while (!lane.head.isAlone) {
      const deadline = lane.head.next
      if (deadline.at > now) {
        lane.cancelTimer = this.#platform.after(deadline.at - now, () => this.#pass(ms, lane))
        return
      }
      deadline.leave()
      deadline.act()
    }
    this.#closeIfEmpty(ms, lane)
  }

  /** No program waits for a timer of which nothing depends. */
  #closeIfEmpty(ms: number, lane: Lane): void {
    if (!lane.head.isAlone) return
    lane.cancelTimer()
    if (this.#lanes.get(ms) === lane) this.#lanes.delete(ms)
  }
}
