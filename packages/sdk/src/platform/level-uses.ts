import { mkdir } from 'node:fs/promises'
import type { StatementId } from '@trustmesh/identity'
import { type Charge, nextUse, type ReplayWindow, type Use, type UseCounters } from '@trustmesh/trust'
import { Level } from 'level'
import { MeshError } from '../mesh-error.ts'
import type { Uses } from './platform.ts'

type Entry = Use & { readonly untilMs: number }

/** Most entries that are kept at a time, and after how many new ones those that have expired are looked for. */
const CAPACITY = 1_000_000
const SWEEP_AFTER = 10_000

/**
 * Invocations and uses in a LevelDB folder, which one process at a time may hold: each on disk before it is answered
 * for. What is being written is looked up in memory, so that nothing comes between reading and writing (threat D10).
 */
export class LevelUses implements Uses, ReplayWindow, UseCounters {
  readonly replayWindow: ReplayWindow = this
  readonly useCounters: UseCounters = this
  readonly #db: Level<string, Entry>
  readonly #writing = new Map<string, Entry>()
  #size = 0
  #unswept = 0
  /** One write after the other: of two about one key the later has to win. */
  #written: Promise<void> = Promise.resolve()

  /** Opens the folder, which is made where there is none, and forgets what has expired. Rejects with `uses.unavailable`. */
  static async open(directory: string, now: number): Promise<LevelUses> {
    const db = new Level<string, Entry>(directory, { valueEncoding: 'json' })
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await db.open()
      const uses = new LevelUses(db)
      await uses.#sweep(now)
      return uses
    } catch (cause) {
      await db.close()
      throw new MeshError('uses.unavailable', { cause })
    }
  }

  private constructor(db: Level<string, Entry>) {
    this.#db = db
  }

  async claim(id: StatementId, untilMs: number, now: number): Promise<boolean> {
    const key = `invocation ${id}`
    if (this.#read(key)) return false
    await this.#write([[key, { used: 1, since: now, untilMs }]], now)
    return true
  }

  async charge(charges: readonly Charge[], now: number): Promise<readonly number[]> {
    const entries = charges.map((charge): [string, Entry] => {
      const key = `use ${charge.link} ${charge.constraint}`
      return [key, { ...nextUse(this.#read(key), charge, now), untilMs: charge.untilMs }]
    })
    const left = charges.map(({ limit }, i) => limit - (entries[i]?.[1].used ?? Number.NaN))
    if (!left.every((uses) => uses >= 0)) return left
    await this.#write(entries, now)
    return left
  }

  async close(): Promise<void> {
    await this.#written
    await this.#db.close()
  }

  #read(key: string): Entry | undefined {
    return this.#writing.get(key) ?? this.#db.getSync(key)
  }

  async #write(entries: readonly [string, Entry][], now: number): Promise<void> {
    const added = entries.filter(([key]) => !this.#read(key)).length
    // To make room by forgetting what could still be replayed would be to let it be replayed.
    if (this.#size + added > CAPACITY) throw new MeshError('uses.unavailable')
    this.#size += added
    this.#unswept += added
    for (const [key, entry] of entries) this.#writing.set(key, entry)
    const write = this.#written.then(async () => {
      await this.#db.batch(
        entries.map(([key, value]) => ({ type: 'put', key, value })),
        { sync: true },
      )
      if (this.#unswept >= SWEEP_AFTER) await this.#sweep(now)
    })
    this.#written = write.catch(() => {})
    try {
      await write
    } finally {
      for (const [key, entry] of entries) if (this.#writing.get(key) === entry) this.#writing.delete(key)
    }
  }

  async #sweep(now: number): Promise<void> {
    this.#unswept = 0
    let size = 0
    for await (const [key, { untilMs }] of this.#db.iterator()) {
      if (untilMs < now) await this.#db.del(key)
      else size++
    }
    this.#size = size + this.#writing.size
  }
}
