import { setImmediate } from 'node:timers/promises'

interface Entry<T> {
  readonly item: T
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * Shares one slow write, a disk's sync, among all who ask for one at about the same time. What is added in one turn of
 * the event loop, or while another batch is being written, goes together; batches are written one after the other.
 */
export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => Promise<void>
  #waiting: Entry<T>[] = []
  #writing: Promise<void> | undefined

  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write
  }

  /** Settles with the write of the batch that the item went with, and with no other. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#writing ??= this.#drain()
    })
  }

  /** Resolves when nothing is waiting or being written; never rejects. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    await setImmediate()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(batch.map(({ item }) => item))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = undefined
  }
}
