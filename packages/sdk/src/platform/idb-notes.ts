import { MemoryNotes, type Notes } from '../manifests/notes.ts'
import type { PageDatabase } from './page-database.ts'

/** A note, and its place among those of its agent: whichever was set last has the highest. */
export interface KeptNote {
  readonly at: number
  readonly note: unknown
}

/** Notes in a browser's IndexedDB, read at once and then written one by one. */
export class IdbNotes implements Notes {
  readonly #database: PageDatabase
  readonly #agent: string
  readonly #warn: (error: unknown) => void
  readonly #notes = new MemoryNotes()
  #last = 0
  #written: Promise<unknown> = Promise.resolve()

  /** Those of an agent, by its name. `warn` is told of what cannot be written. */
  static async open(database: PageDatabase, agent: string, warn: (error: unknown) => void): Promise<IdbNotes> {
    const range = IDBKeyRange.bound([agent], [agent, []])
    const { store } = database.transaction('notes')
    const [keys, values] = await Promise.all([store.getAllKeys(range), store.getAll(range)])
    const kept = keys.map(([, key], i) => ({ key, ...(values[i] as KeptNote) }))
    const notes = new IdbNotes(database, agent, warn)
    for (const { key, note, at } of kept.sort((one, other) => one.at - other.at)) {
      notes.#notes.set(key, note)
      notes.#last = at
    }
    return notes
  }

  private constructor(database: PageDatabase, agent: string, warn: (error: unknown) => void) {
    this.#database = database
    this.#agent = agent
    this.#warn = warn
  }

  get(key: string): unknown {
    return this.#notes.get(key)
  }

  entries(): Iterable<readonly [string, unknown]> {
    return this.#notes.entries()
  }

  set(key: string, note: unknown): void {
    this.#notes.set(key, note)
    const place: [string, string] = [this.#agent, key]
    const at = ++this.#last
    this.#written = this.#written.then(() => this.#write(place, { at, note })).catch(this.#warn)
  }

  async close(): Promise<void> {
    await this.#written
  }

  async #write(place: [string, string], kept: KeptNote): Promise<void> {
    if (kept.note === undefined) await this.#database.delete('notes', place)
    else await this.#database.put('notes', kept, place)
  }
}
