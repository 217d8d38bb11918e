const MAX_WAITING = 1_000

/** What happens, as it happens, for each `for await` that asks. One that does not keep up loses the oldest of it. */
export class Feed<T> {
  readonly #readers = new Set<Reader<T>>()
  readonly #maxWaiting: number
  #isClosed = false

  constructor(maxWaiting: number = MAX_WAITING) {
    this.#maxWaiting = maxWaiting
  }

  add(item: T): void {
    for (const reader of this.#readers) reader.put(item)
  }

  close(): void {
    this.#isClosed = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }

  /** From now on, until the feed is closed, or the reader has `left`. */
  stream(left: () => void = () => {}): AsyncIterableIterator<T> {
    const reader = new Reader<T>(this.#maxWaiting, () => {
      this.#readers.delete(reader)
      left()
    })
    if (this.#isClosed) reader.end()
    else this.#readers.add(reader)
    return reader
  }
}

class Reader<T> implements AsyncIterableIterator<T> {
  readonly #maxWaiting: number
  readonly #left: () => void
  readonly #waiting: T[] = []
  /** Who asked before there was anything. */
  readonly #asking: ((result: IteratorResult<T>) => void)[] = []
  #isEnded = false

  constructor(maxWaiting: number, left: () => void) {
    this.#maxWaiting = maxWaiting
    this.#left = left
  }

  put(item: T): void {
    const answer = this.#asking.shift()
    if (answer) return answer({ value: item, done: false })
    this.#waiting.push(item)
    if (this.#waiting.length > this.#maxWaiting) this.#waiting.shift()
  }

  end(): void {
    this.#isEnded = true
    for (const answer of this.#asking.splice(0)) answer({ value: undefined, done: true })
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve) => {
      if (this.#waiting.length > 0) resolve({ value: this.#waiting.shift() as T, done: false })
      else if (this.#isEnded) resolve({ value: undefined, done: true })
      else this.#asking.push(resolve)
    })
  }

  async return(): Promise<IteratorResult<T>> {
    this.#left()
    this.#waiting.length = 0
    this.end()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
