/** What an agent remembers from run to run: small documents, as JSON has them, by key. */
export interface Notes {
  get(key: string): unknown
  /** All of them, whichever was set last at the end. */
  entries(): Iterable<readonly [key: string, note: unknown]>
  /** Keeps a note; `undefined` takes it away. What cannot be written down lasts as long as the process. */
  set(key: string, note: unknown): void
  /** Resolves once all is written down that can be. */
  close(): Promise<void>
}

/** Notes that are lost with the process. */
export class MemoryNotes implements Notes {
  readonly #notes = new Map<string, unknown>()

  get(key: string): unknown {
    return this.#notes.get(key)
  }

  entries(): Iterable<readonly [string, unknown]> {
    return this.#notes.entries()
  }

  set(key: string, note: unknown): void {
    this.#notes.delete(key)
    if (note !== undefined) this.#notes.set(key, note)
  }

  async close(): Promise<void> {}
}
