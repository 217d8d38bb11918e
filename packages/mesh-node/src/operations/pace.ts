import type { Clock } from '@trustmesh/identity'
import QuickLRU from 'quick-lru'
import type { Person } from '../admin/control.ts'

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

  /** What others have done who act by the same leave counts too: one person can have many tokens. */
  of(person: Person): number {
    const sums = peopleIn(person).map((name) => this.#recent(name).reduce((sum, [, reach]) => sum + reach, 0))
    return Math.max(...sums)
  }

  add(person: Person, reach: number): void {
    const now = this.#clock.monotonic()
    for (const name of peopleIn(person)) this.#acts.set(name, [...this.#recent(name), [now, reach]])
  }

  #recent(name: string): readonly (readonly [at: number, reach: number])[] {
    const since = this.#clock.monotonic() - WITHIN_MS
    return (this.#acts.get(name) ?? []).filter(([at]) => at > since)
  }
}

/** By name, those who have a part in what somebody does: themselves, and those by whose leave they are here. */
function peopleIn({ name, leave = [] }: Person): readonly string[] {
  return [...new Set([name, ...leave])]
}
