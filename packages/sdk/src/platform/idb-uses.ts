import type { Did, StatementId } from '@trustmesh/identity'
import { type Charge, nextUse, type ReplayWindow, type Use, type UseCounters } from '@trustmesh/trust'
import { MeshError } from '../mesh-error.ts'
import type { PageDatabase } from './page-database.ts'
import type { Uses } from './platform.ts'

export type KeptUse = Use & { readonly untilMs: number }

/** Most entries that are kept at a time, of all agents of the origin. */
const CAPACITY = 100_000

/**
 * Invocations and uses in a browser's IndexedDB, each on disk before it is answered for. Reading and writing are one
 * transaction, so that nothing comes between them, in this page or another (threat D10).
 */
export class IdbUses implements Uses, ReplayWindow, UseCounters {
  readonly replayWindow: ReplayWindow = this
  readonly useCounters: UseCounters = this
  readonly #database: PageDatabase
  readonly #self: Did
  #size = 0

  /** Those of an agent. Forgets what has expired, of all agents. */
  static async open(database: PageDatabase, self: Did, now: number): Promise<IdbUses> {
    const uses = new IdbUses(database, self)
    await uses.#sweep(now)
    return uses
  }

  private constructor(database: PageDatabase, self: Did) {
    this.#database = database
    this.#self = self
  }

  async claim(id: StatementId, untilMs: number, now: number): Promise<boolean> {
    let isNew = false
    await this.#change([`invocation ${id}`], now, ([held]) => {
      isNew = !held
      return isNew ? [{ used: 1, since: now, untilMs }] : []
    })
    return isNew
  }

  async charge(charges: readonly Charge[], now: number): Promise<readonly number[]> {
    let left: readonly number[] = []
    const keys = charges.map(({ link, constraint }) => `use ${link} ${constraint}`)
    await this.#change(keys, now, (held) => {
      const next = charges.map((charge, i) => ({ ...nextUse(held[i], charge, now), untilMs: charge.untilMs }))
      left = charges.map(({ limit }, i) => limit - (next[i]?.used ?? Number.NaN))
      return left.every((uses) => uses >= 0) ? next : []
    })
    return left
  }

  async close(): Promise<void> {}

  /** Writes what `changed` makes of what is held, or nothing where it makes nothing of it. */
  async #change(
    keys: readonly string[],
    now: number,
    changed: (held: readonly (KeptUse | undefined)[]) => readonly KeptUse[],
  ): Promise<void> {
    if (this.#size + keys.length > CAPACITY) await this.#sweep(now)
    // To make room by forgetting what could still be replayed would be to let it be replayed.
    if (this.#size + keys.length > CAPACITY) throw new MeshError('uses.unavailable')
    const { store, done } = this.#database.transaction('uses', 'readwrite', { durability: 'strict' })
    const places = keys.map((key) => `${this.#self} ${key}`)
    const held = await Promise.all(places.map((place) => store.get(place)))
    const uses = changed(held)
    this.#size += uses.filter((_, i) => !held[i]).length
    await Promise.all([...uses.map((use, i) => store.put(use, places[i])), done])
  }

  async #sweep(now: number): Promise<void> {
    const { store, done } = this.#database.transaction('uses', 'readwrite')
    for await (const cursor of store.index('untilMs').iterate(IDBKeyRange.upperBound(now, true))) await cursor.delete()
    this.#size = await store.count()
    await done
  }
}
