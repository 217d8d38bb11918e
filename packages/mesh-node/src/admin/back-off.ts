import QuickLRU from 'quick-lru'

/** Failures that cost nothing but themselves. */
const FREE = 10
const FIRST_MS = 1_000
const LONGEST_MS = 60_000
/** After so long without one, failures are forgotten. */
const FORGOTTEN_MS = 600_000

interface Failures {
  readonly count: number
  readonly at: number
}

/**
 * How long whoever keeps failing is told to wait: after the first ten failures a second, then twice as long each time, up to a
 * minute. A key is an address or a Did, and nobody's failures count against another's. Time is monotonic, in ms.
 */
export class BackOff {
  readonly #failures: QuickLRU<string, Failures>

  constructor(maxKeys = 65_536) {
    this.#failures = new QuickLRU({ maxSize: maxKeys })
  }

  /** 0 where it may try now. */
  waitMs(key: string, at: number): number {
    const known = this.#failures.get(key)
    if (!known || known.count <= FREE) return 0
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** (known.count - FREE - 1))
    return Math.max(0, known.at + wait - at)
  }

  /** Failures while it should wait make it wait no longer than it has to already. */
  failed(key: string, at: number): void {
    if (this.waitMs(key, at) > 0) return
    const known = this.#failures.get(key)
    const count = known && at - known.at < FORGOTTEN_MS ? known.count + 1 : 1
    this.#failures.set(key, { count: Math.min(count, FREE + 8), at })
  }
}
