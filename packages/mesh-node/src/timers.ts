/** Deadlines, as a port, so that a test advances time instead of waiting. */
export interface Timers {
  /** Calls `act` once, `ms` from now, unless the returned function is called before. */
  after(ms: number, act: () => void): () => void
  /** Calls `act` at the end of this turn of the event loop. */
  soon(act: () => void): void
}

/** Beyond this `setTimeout` fires at once (threat F6). */
const LONGEST_MS = 2 ** 31 - 1

export const systemTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, Math.min(Math.max(ms, 0), LONGEST_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (act) => void setImmediate(act),
}
