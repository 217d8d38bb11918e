import type { Clock } from '@trustmesh/identity'
import { type MeshEvent, type NewEvent, severityOfEvent } from './event.ts'

/** What happens at a node, for whoever watches it. */
export interface Events {
  /** Never throws and never waits. Gives the event as it is shown. */
  publish(event: NewEvent): MeshEvent
  /** Those that are still here of all after an id, oldest first; all of them after 0. */
  since(id: number): readonly MeshEvent[]
  /** Calls the listener with each event from now on, in the turn in which it happens. Returns what ends that. */
  subscribe(listener: (event: MeshEvent) => void): () => void
}

export interface RecentEventsOptions {
  readonly clock: Clock
  /** How many are kept for those who come back; 1,024 unless told otherwise. */
  readonly capacity?: number
}

/** Ids begin here times the milliseconds since the Unix epoch: a restart continues above, as no node has so many a millisecond. */
const IDS_PER_MS = 1_000

/** The latest events, in memory. Where there are too many the oldest goes that is not critical: no noise buries an alarm. */
export class RecentEvents implements Events {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #recent: MeshEvent[] = []
  readonly #listeners = new Set<(event: MeshEvent) => void>()
  #lastId: number

  constructor({ clock, capacity = 1_024 }: RecentEventsOptions) {
    this.#clock = clock
    this.#capacity = capacity
    this.#lastId = clock.now() * IDS_PER_MS
  }

  publish(event: NewEvent): MeshEvent {
    const time = new Date(this.#clock.now()).toISOString()
    const shown = { id: ++this.#lastId, time, severity: severityOfEvent(event.kind), ...event }
    this.#recent.push(shown)
    if (this.#recent.length > this.#capacity) {
      const place = this.#recent.findIndex(({ severity }) => severity !== 'critical')
      this.#recent.splice(Math.max(0, place), 1)
    }
    for (const listener of this.#listeners) {
      try {
        listener(shown)
      } catch {
        // Whoever watches has no part in what happens.
      }
    }
    return shown
  }

  since(id: number): readonly MeshEvent[] {
    return this.#recent.filter((event) => event.id > id)
  }

  subscribe(listener: (event: MeshEvent) => void): () => void {
    // Each subscription is one of its own, also of the same listener.
    const own = (event: MeshEvent): void => listener(event)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }
}
