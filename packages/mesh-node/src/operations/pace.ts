import type { Clock } from '@trustmesh/identity'
import QuickLRU from 'quick-lru'
import type { Person } from '../admin/person.ts'

/** What somebody does within this counts as one act: who cuts off one after the other goes as wide as who does it at once. */
export const WITHIN_MS = 60_000
/** People whose pace is remembered. */
const MAX_PEOPLE = 1_024

type Acts = (readonly [at: number, reach: number])[]

/** How much each person has touched of late (threat R7), here and, where nobody here knows who it was, elsewhere in the mesh. */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #acts = new QuickLRU<string, Acts>({ maxSize: MAX_PEOPLE })
  readonly #elsewhere: Acts = []

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /**
   * What others have done who act by the same leave counts too: one person can have many tokens. What was ordered elsewhere
   * counts for everybody: a statement has the name of an authority, and the same person may have signed in at another node.
   */
  of(person: Person): number {
    const own = peopleIn(person).map((name) => this.#recent(this.#acts.get(name) ?? []))
    return Math.max(...own) + this.#recent(this.#elsewhere)
  }

  add(person: Person, reach: number): void {
    for (const name of peopleIn(person)) {
      const acts = this.#acts.get(name) ?? []
      this.#put(acts, reach)
      this.#acts.set(name, acts)
    }
  }

  addElsewhere(reach: number): void {
    this.#put(this.#elsewhere, reach)
  }

  /** What comes in one millisecond is one: of what a catch-up brings there may be much. */
  #put(acts: Acts, reach: number): void {
    const now = this.#clock.monotonic()
    this.#forget(acts)
    const last = acts.at(-1)
    if (last && now - last[0] < 1) acts[acts.length - 1] = [last[0], last[1] + reach]
    else acts.push([now, reach])
  }

  #recent(acts: Acts): number {
    this.#forget(acts)
    return acts.reduce((sum, [, reach]) => sum + reach, 0)
  }

  #forget(acts: Acts): void {
    const since = this.#clock.monotonic() - WITHIN_MS
    const first = acts.findIndex(([at]) => at > since)
    acts.splice(0, first < 0 ? acts.length : first)
  }
}

/** By name, those who have a part in what somebody does: themselves, and those by whose leave they are here. */
function peopleIn({ name, leave = [] }: Person): readonly string[] {
  return [...new Set([name, ...leave])]
}
