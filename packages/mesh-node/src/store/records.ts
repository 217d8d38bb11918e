import type { KeyObject } from 'node:crypto'
import type { StatementId } from '@trustmesh/identity'
import {
  decodeTally,
  encodeTally,
  FORMAT_PLACE,
  fingerprintAfter,
  isPlaceOfStatement,
  openAt,
  placeOfStatement,
  sealAt,
  TALLY_PLACE,
  type Tally,
  weightOf,
} from './format.ts'
import type { LevelDb } from './open-level.ts'

/** What one append or removal does: what it removes goes before what it puts. */
export interface RecordChange {
  readonly remove: readonly StatementId[]
  readonly put?: { readonly id: StatementId; readonly bytes: Uint8Array }
}

type LevelChange =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Of a database that says nothing of what it holds. */
const NO_TALLY: Tally = { generation: -1, count: 0, fingerprint: 0n }

/** The sealed records of a database, and the tally that changes with them. After a write has failed it is of no more use. */
export class Records {
  readonly #level: LevelDb
  readonly #key: KeyObject
  /** What each statement adds to the fingerprint, by its place: what a write changes is known without reading. */
  readonly #weights = new Map<string, bigint>()
  readonly #damaged: Uint8Array[] = []
  #fingerprint = 0n
  #tally = NO_TALLY

  /** Checks every record of an open database, which is theirs from now on. */
  static async read(level: LevelDb, key: KeyObject): Promise<Records> {
    const records = new Records(level, key)
    for await (const [place, sealed] of level.iterator()) records.#readOne(place, sealed)
    return records
  }

  private constructor(level: LevelDb, key: KeyObject) {
    this.#level = level
    this.#key = key
  }

  /** What the database says that it holds; with generation −1 if it does not say. */
  get tally(): Tally {
    return this.#tally
  }

  /** The keys of the records that were not what had been written. */
  get damaged(): readonly Uint8Array[] {
    return this.#damaged
  }

  /** Whether the records that were read, damaged ones included, can be those that the tally tells of. */
  get areAllThere(): boolean {
    const { count, fingerprint } = this.#tally
    if (this.#damaged.length > 0) return this.#weights.size + this.#damaged.length === count
    return this.#weights.size === count && this.#fingerprint === fingerprint
  }

  async *statements(): AsyncIterable<Uint8Array> {
    for await (const [place, sealed] of this.#level.iterator()) {
      const bytes = isPlaceOfStatement(place) && openAt(this.#key, place, sealed)
      if (bytes) yield bytes
    }
  }

  /** Makes all of the changes or none, durably, and with them a tally of the next generation. */
  async commit(changes: readonly RecordChange[]): Promise<void> {
    await this.#write(this.#batchOf(changes), this.#tally.generation + 1)
  }

  /** As {@link commit}, but what the database says that it holds stays as it was. */
  async amend(changes: readonly RecordChange[]): Promise<void> {
    await this.#level.batch(this.#batchOf(changes), { sync: true })
  }

  /** Makes what is whole all that there should be, as of a generation. */
  async settle(generation: number): Promise<void> {
    const forgotten = this.#damaged.map((key): LevelChange => ({ type: 'del', key }))
    await this.#write(forgotten, generation)
    this.#damaged.length = 0
  }

  close(): Promise<void> {
    return this.#level.close()
  }

  #readOne(place: Uint8Array, sealed: Uint8Array): void {
    if (Buffer.compare(place, FORMAT_PLACE) === 0) return
    const bytes = openAt(this.#key, place, sealed)
    if (!bytes) this.#damaged.push(place)
    else if (isPlaceOfStatement(place)) this.#weigh(place, weightOf(sealed))
    else this.#tally = decodeTally(bytes)
  }

  #batchOf(changes: readonly RecordChange[]): LevelChange[] {
    const batch: LevelChange[] = []
    for (const { remove, put } of changes) {
      for (const key of remove.map(placeOfStatement)) {
        this.#weigh(key, 0n)
        batch.push({ type: 'del', key })
      }
      if (!put) continue
      const key = placeOfStatement(put.id)
      const value = sealAt(this.#key, key, put.bytes)
      this.#weigh(key, weightOf(value))
      batch.push({ type: 'put', key, value })
    }
    return batch
  }

  async #write(batch: LevelChange[], generation: number): Promise<void> {
    const tally = { generation, count: this.#weights.size, fingerprint: this.#fingerprint }
    const value = sealAt(this.#key, TALLY_PLACE, encodeTally(tally))
    await this.#level.batch([...batch, { type: 'put', key: TALLY_PLACE, value }], { sync: true })
    this.#tally = tally
  }

  /** Notes what is at a place from now on: nothing, for 0. */
  #weigh(place: Uint8Array, weight: bigint): void {
    const name = Buffer.from(place).toString('latin1')
    this.#fingerprint = fingerprintAfter(this.#fingerprint, weight, this.#weights.get(name))
    if (weight === 0n) this.#weights.delete(name)
    else this.#weights.set(name, weight)
  }
}
