import type { Clock } from '@trustmesh/identity'
import QuickLRU from 'quick-lru'

/** What somebody does within this counts as one act: who cuts off one after the other goes as wide as who does it at once. */
const WITHIN_MS = 60_000
/** People whose pace is remembered. */
const MAX_PEOPLE = 1_024

/** How much each person has touched of late (threat R7). */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #acts = new QuickLRU<string, readonly (readonly [at: number, reach: number])[]>({ maxSize: MAX_PEOPLE })

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  of(name: string): number {
    return this.#recent(name).reduce((sum, [, reach]) => sum + reach, 0)
  }

  add(name: string, reach: number): void {
    this.#acts.set(name, [...this.#recent(name), [this.#clock.monotonic(), reach]])
  }

  #recent(name: string): readonly (readonly [at: number, reach: number])[] {
    const since = this.#clock.monotonic() - WITHIN_MS
    return (this.#acts.get(name) ?? []).filter(([at]) => at > since)
  }
}
