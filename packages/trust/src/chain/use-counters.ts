import type { StatementId } from '@trustmesh/identity'
import { TrustError } from '../trust-error.ts'

/** One use of a link, against one of its limits. */
export interface Charge {
  /** The link, and which of its constraints. */
  readonly link: StatementId
  readonly constraint: number
  /** How many uses there may be. */
  readonly limit: number
  /** In a window of this length, ms, which the first use in it opens; over the whole life of the link where `null`. */
  readonly windowMs: number | null
  /** When the count may be forgotten, ms: the link can be used no more. */
  readonly untilMs: number
}

/** How often links have been used. An executor that restarts must not have forgotten it. */
export interface UseCounters {
  /**
   * Counts one use against all limits, or against none if one is reached. Resolves to how many uses each leaves: less than
   * none where it was reached. Charges that run at the same time count one after the other. The answer is durable before it
   * is given. Rejects where there is no room.
   */
  charge(charges: readonly Charge[], now: number): Promise<readonly number[]>
}

/** How often a limit has been used. */
export interface Use {
  readonly used: number
  /** When the window opened, ms. */
  readonly since: number
}

type Count = Use & Pick<Charge, 'untilMs'>

/** What one more use at a time in ms makes of it: in a window that is over, it is the first of the next. */
export function nextUse(use: Use | undefined, { windowMs }: Charge, now: number): Use {
  const isOver = !use || (windowMs !== null && now >= use.since + windowMs)
  return isOver ? { used: 1, since: now } : { used: use.used + 1, since: use.since }
}

/** Counters that last as long as the process. */
export class MemoryUseCounters implements UseCounters {
  readonly #counts = new Map<string, Count>()
  readonly #capacity: number

  /** `capacity`: how many limits at a time, 100,000 unless told otherwise. */
  constructor(capacity = 100_000) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#counts.size
  }

  // Without an `await` inside, so that nothing comes between reading the counts and writing them (threat D10).
  async charge(charges: readonly Charge[], now: number): Promise<readonly number[]> {
    const next = charges.map((charge) => nextUse(this.#counts.get(keyOf(charge)), charge, now))
    const left = charges.map(({ limit }, i) => limit - (next[i]?.used ?? Number.NaN))
    if (!left.every((uses) => uses >= 0)) return left
    if (!this.#hasRoom(charges)) this.#forget(now)
    // A count that is forgotten while its link lives would begin again.
    if (!this.#hasRoom(charges)) throw new TrustError('use-counters.full')
    for (const [i, charge] of charges.entries()) {
      this.#counts.set(keyOf(charge), { ...(next[i] as Use), untilMs: charge.untilMs })
    }
    return left
  }

  #hasRoom(charges: readonly Charge[]): boolean {
    return this.#counts.size + charges.filter((charge) => !this.#counts.has(keyOf(charge))).length <= this.#capacity
  }

  #forget(now: number): void {
    for (const [key, { untilMs }] of this.#counts) if (untilMs < now) this.#counts.delete(key)
  }
}

function keyOf({ link, constraint }: Charge): string {
  return `${link} ${constraint}`
}
