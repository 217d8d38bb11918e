import type { Clock, Did } from '@trustmesh/identity'

const FAULTS = 3
const WITHIN_MS = 60_000
const SHORTEST_MS = 60_000
const LONGEST_MS = 3_600_000
/** Members of whom something is remembered; the one whose last fault is longest ago is forgotten first. */
const MAX_MEMBERS = 1_024

interface Record {
  faults: number[]
  barredUntil: number
  barredForMs: number
}

/**
 * Which members have sent what no honest node sends: three times within a minute, and they are not dealt with for a
 * minute, the next time for two, up to an hour (threat F2).
 */
export class Penalties {
  readonly #clock: Clock
  readonly #records = new Map<Did, Record>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes a fault. True where it was one too many. */
  fault(did: Did): boolean {
    const at = this.#clock.monotonic()
    const record = this.#records.get(did) ?? { faults: [], barredUntil: 0, barredForMs: SHORTEST_MS / 2 }
    this.#records.delete(did)
    this.#records.set(did, record)
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= MAX_MEMBERS) break
      this.#records.delete(oldest)
    }
    record.faults = [...record.faults.filter((fault) => at - fault < WITHIN_MS), at]
    if (record.faults.length < FAULTS) return false
    record.faults = []
    record.barredForMs = Math.min(LONGEST_MS, record.barredForMs * 2)
    record.barredUntil = at + record.barredForMs
    return true
  }

  isBarred(did: Did): boolean {
    const record = this.#records.get(did)
    return record !== undefined && record.barredUntil > this.#clock.monotonic()
  }
}
