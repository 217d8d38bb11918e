import type { Checkpoint } from '@trustmesh/audit'
import type { Did } from '@trustmesh/identity'

/** Logs that one member says something of: more than a mesh has. */
const MAX_LOGS = 256

/**
 * What others have confirmed of logs, by the names of these: of each who tells it the first, until the log was shown to go on from
 * that. Nobody can make it up, as the log itself has signed it; and nobody can have it forgotten by telling something else.
 */
export class Hearsay {
  readonly #told = new Map<Did, Map<Did, Checkpoint>>()

  take(checkpoint: Checkpoint, teller: Did): void {
    const told = this.#told.get(teller) ?? new Map<Did, Checkpoint>()
    this.#told.set(teller, told)
    const { origin } = checkpoint.head
    if (!told.has(origin) && told.size < MAX_LOGS) told.set(origin, checkpoint)
  }

  /** What a log that shows this has to go on from. */
  before({ head: { origin, size } }: Checkpoint): readonly Checkpoint[] {
    const told = [...this.#told.values()].map((of) => of.get(origin))
    return told.filter((heard) => heard !== undefined && heard.head.size <= size) as Checkpoint[]
  }

  /** A log was shown to go on from this. */
  settle(heard: Checkpoint): void {
    for (const of of this.#told.values()) if (of.get(heard.head.origin) === heard) of.delete(heard.head.origin)
  }
}
