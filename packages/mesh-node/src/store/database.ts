import type { KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '@trustmesh/identity'
import { Anchor } from './anchor.ts'
import { isSameTally, type Tally } from './format.ts'
import { prepareDatabase } from './migration.ts'
import { type LevelDb, openLevel } from './open-level.ts'
import { type RecordChange, Records } from './records.ts'
import type { StoreFault } from './store.ts'
import { mendTables } from './tables.ts'

interface Parts {
  readonly location: string
  readonly key: KeyObject
  /** An empty database, which one process at a time may have open. */
  readonly lock: LevelDb
  readonly anchor: Anchor
  readonly records: Records
}

/** Records, and beside them the anchor that says whether they are all there. */
export class Database {
  readonly #location: string
  readonly #key: KeyObject
  readonly #lock: LevelDb
  readonly #anchor: Anchor
  #records: Records
  #condition: readonly StoreFault[] = []

  /**
   * Opens what is in a folder, brings it to this format, and looks at every record. Rejects with a `NodeError`:
   * `store.locked` where another process holds it, `store.version` where a newer release wrote it, `store.key` where its
   * key is gone or damaged, `store.corrupt` where it cannot be read at all.
   */
  static async open(directory: string, random: Random): Promise<Database> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const location = join(directory, 'statements')
    // The database has a lock too, but whatever is damaged has to be mended before that is opened.
    const lock = await openLevel(`${location}.lock`, async (level) => level)
    const open: { close(): Promise<void> }[] = [lock]
    try {
      await mendTables(location)
      const key = await prepareDatabase(location, random)
      const records = await readRecords(location, key)
      open.push(records)
      const anchor = await Anchor.open(`${location}.anchor`, key)
      open.push(anchor)
      const database = new Database({ location, key, lock, anchor, records })
      await database.#compare()
      return database
    } catch (error) {
      for (const part of open.reverse()) await part.close()
      throw error
    }
  }

  private constructor({ location, key, lock, anchor, records }: Parts) {
    this.#location = location
    this.#key = key
    this.#lock = lock
    this.#anchor = anchor
    this.#records = records
  }

  /** What was found wrong when the records were read. */
  get condition(): readonly StoreFault[] {
    return this.#condition
  }

  statements(): AsyncIterable<Uint8Array> {
    return this.#records.statements()
  }

  /** Durable once this resolves. After it has rejected nothing but {@link reopen} is of use. */
  async write(changes: readonly RecordChange[]): Promise<void> {
    // What is missing stays missing in what the store says of itself, until that is settled.
    if (this.#condition.length > 0) return await this.#records.amend(changes)
    await this.#records.commit(changes)
    await this.#anchor.write(this.#records.tally)
  }

  /** Starts again after a write has failed, of which everything may be there or nothing. */
  async reopen(): Promise<void> {
    await this.#readAgain()
    if (this.#condition.length === 0) await this.#compare()
  }

  /** Makes what is here all that there should be. */
  async acceptLoss(): Promise<void> {
    // Meanwhile records may have been written in the place of damaged ones.
    await this.#readAgain()
    const anchored = await this.#anchor.read()
    await this.#records.settle(Math.max(this.#records.tally.generation, anchored?.generation ?? 0) + 1)
    await this.#anchor.write(this.#records.tally)
    this.#condition = []
  }

  async close(): Promise<void> {
    await this.#records.close()
    await this.#anchor.close()
    await this.#lock.close()
  }

  async #readAgain(): Promise<void> {
    await this.#records.close()
    this.#records = await readRecords(this.#location, this.#key)
  }

  /** Holds the records against the anchor, and brings that up to them if they agree. */
  async #compare(): Promise<void> {
    const anchored = await this.#anchor.read()
    this.#condition = faultsOf(this.#records, anchored)
    if (this.#condition.length > 0) return
    if (this.#records.tally.generation < 0) await this.#records.commit([])
    if (this.#records.tally.generation !== anchored?.generation) await this.#anchor.write(this.#records.tally)
  }
}

function readRecords(location: string, key: KeyObject): Promise<Records> {
  return openLevel(location, (level) => Records.read(level, key))
}

function faultsOf({ tally, damaged, areAllThere }: Records, anchored: Tally | null): StoreFault[] {
  const faults: StoreFault[] = damaged.map((key) => ({ code: 'store.damaged', key: Buffer.from(key).toString('hex') }))
  const last = anchored?.generation ?? -1
  if (tally.generation < last) faults.push({ code: 'store.rolled-back' })
  // One more is a write that nobody had an answer to.
  else if (tally.generation > last + 1 || (anchored?.generation === tally.generation && !isSameTally(anchored, tally)))
    faults.push({ code: 'store.anchor' })
  if (!areAllThere) faults.push({ code: 'store.count' })
  return faults
}
