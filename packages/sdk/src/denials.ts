import type { Denial } from '@trustmesh/trust'

const MAX_WAITING = 1_000

/** Denials as they happen, for each `for await` that asks. One who does not keep up loses the oldest. */
export class Denials {
  readonly #readers = new Set<Reader>()
  #isClosed = false

  add(denial: Denial): void {
    for (const reader of this.#readers) reader.put(denial)
  }

  close(): void {
    this.#isClosed = true
    for (const reader of this.#readers) reader.end()
  }

  /** From now on, until the mesh closes. */
  stream(): AsyncIterableIterator<Denial> {
    const reader = new Reader(() => this.#readers.delete(reader))
    if (this.#isClosed) reader.end()
    else this.#readers.add(reader)
    return reader
  }
}

class Reader implements AsyncIterableIterator<Denial> {
  readonly #left: () => void
  readonly #waiting: Denial[] = []
  #wake: (() => void) | undefined
  #isEnded = false

  constructor(left: () => void) {
    this.#left = left
  }

  put(denial: Denial): void {
    this.#waiting.push(denial)
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#wake?.()
  }

  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<Denial>> {
    while (true) {
      const value = this.#waiting.shift()
      if (value) return { value, done: false }
      if (this.#isEnded) return { value: undefined, done: true }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async return(): Promise<IteratorResult<Denial>> {
    this.#left()
    this.end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
